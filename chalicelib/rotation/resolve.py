"""Names to addresses, by the system's resolver: the local worker's one look at the network."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from chalicelib.core.errors import Unavailable


def resolve(machine: str) -> str:
    """The first address of a machine; an address as it is. Raises Unavailable if it has none."""
    try:
        return str(ip_address(machine))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(machine, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable("the machine's name has no address") from error
    return str(found[0][4][0])
