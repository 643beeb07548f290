"""Which machines site Local may reach: its worker stands next to the cluster's own parts.

A secret's machine is what an editor wrote. Resolved once, its address is judged and then used, so
that a name cannot point elsewhere between the two.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Protocol

from chalicelib.changers.target import Target
from chalicelib.core.errors import AccessDenied
from chalicelib.core.near import is_near, plain


class Resolve(Protocol):
    def __call__(self, machine: str) -> str:
        """The address of a machine; an address as it is. Raises Unavailable when it has none."""


@dataclass(frozen=True, slots=True)
class LocalTargets:
    """allowed: what an admin listed although it is near: hosts, networks, or `host:port`."""

    resolve: Resolve
    allowed: Collection[str] = ()

    def admit(self, target: Target, port: int = 0) -> Target:
        """The target by its address. AccessDenied: too near to the cluster itself, and not listed.

        Unavailable: the name has no address now. port: where it listens if the target names none.
        """
        address = self.resolve(target.machine)
        names = (target.machine, address)
        ports = tuple(f"{name}:{target.port or port}" for name in names)
        if is_near(address) and not self._lists((*names, *ports), address):
            raise AccessDenied("site Local does not reach loopback, link-local or metadata hosts")
        return replace(target, machine=address)

    def _lists(self, names: Collection[str], address: str) -> bool:
        return any(one in names or _holds(one, address) for one in self.allowed)


def _holds(network: str, address: str) -> bool:
    try:
        return plain(ip_address(address.partition("%")[0])) in ip_network(network, strict=False)
    except ValueError:
        return False
