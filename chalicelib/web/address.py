"""The client's address: what a proxy says counts only if the proxy is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

HEADER = "x-forwarded-for"


def client_address(
    peer: str, headers: Mapping[str, str], trusted: Sequence[Network], header: str = HEADER
) -> str:
    """The address that made the request, `peer` being who connected to us.

    `header` is its name in any case; "" believes nobody. API Gateway adds the peer to
    X-Forwarded-For and to no other header, so a trusted proxy's word may begin with itself.

    The header is read from the right, as far as trusted proxies wrote it: what stands left of the
    first untrusted address may be the client's own invention. Loopback is not special.
    """
    address = peer
    hops = [hop.strip() for hop in headers.get(header.lower(), "").split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted):
        hop = hops.pop()
        if not _is_address(hop):
            break
        address = hop
    return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    return any(address in network for network in trusted if network.version == address.version)
