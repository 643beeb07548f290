"""Which machines site Local may reach: its worker stands next to the cluster's own parts.

A secret's machine is what an editor wrote. Resolved once, its address is judged and then used, so
that a name cannot point elsewhere between the two.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

from chalicelib.changers.target import Target
from chalicelib.core.errors import AccessDenied

METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"})


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


def is_near(address: str) -> bool:
    """Whether an address is of this very machine, its link, or the cloud's metadata service."""
    one = _plain(ip_address(address.partition("%")[0]))
    return (
        str(one) in METADATA
        or one.is_loopback
        or one.is_link_local
        or one.is_unspecified
        or one.is_multicast
    )


def _plain(one: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address in IPv6's clothes is what it is."""
    mapped = one.ipv4_mapped if isinstance(one, IPv6Address) else None
    return mapped or one


def _holds(network: str, address: str) -> bool:
    try:
        return _plain(ip_address(address.partition("%")[0])) in ip_network(network, strict=False)
    except ValueError:
        return False
