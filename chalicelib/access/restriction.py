"""From where users may come: allow-lists of addresses, given to users and groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, TypeAlias

from chalicelib.core.errors import Invalid

Address: TypeAlias = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Restriction:
    """One range of addresses, and whom it binds. `range`: an address, `first-last`, or a network.

    users, groups: who may come from there; bound by any, they may come from nowhere else
    """

    id: int
    name: str
    range: str
    users: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    version: int | None = None

    def binds(self, user_id: int, groups: Collection[int]) -> bool:
        return user_id in self.users or not self.groups.isdisjoint(groups)

    def holds(self, address: str) -> bool:
        """Whether the address lies in the range. Loopback is not special; rubbish lies nowhere."""
        try:
            found = _plain(ip_address(address))
        except ValueError:
            return False
        first, last = bounds(self.range)
        return found.version == first.version and int(first) <= int(found) <= int(last)


@dataclass(frozen=True, slots=True)
class Bound:
    """A user or a group, as somebody whom restrictions may bind."""

    kind: Literal["users", "groups"]
    id: int

    def by(self, one: Restriction) -> bool:
        return self.id in (one.users if self.kind == "users" else one.groups)

    def to(self, one: Restriction, on: bool) -> Restriction:
        """The restriction that binds it, or does not."""
        me = frozenset({self.id})
        if self.kind == "users":
            return replace(one, users=one.users | me if on else one.users - me)
        return replace(one, groups=one.groups | me if on else one.groups - me)

    def told(self, on: bool) -> str:
        """For the trail."""
        return f"{self.kind.removesuffix('s')} {self.id} {'bound' if on else 'let go'}"


def admits(
    restrictions: Iterable[Restriction], user_id: int, groups: Collection[int], address: str
) -> bool:
    """Whether a user may come from there: bound by none, he may come from everywhere."""
    binding = [one for one in restrictions if one.binds(user_id, groups)]
    return not binding or any(one.holds(address) for one in binding)


@cache
def bounds(text: str) -> tuple[Address, Address]:
    """The first and the last address of a range. Raises Invalid."""
    try:
        if "-" in text:
            first, last = (_plain(ip_address(part.strip())) for part in text.split("-"))
        else:
            network = ip_network(text.strip())
            first, last = network[0], network[-1]
    except ValueError as error:
        raise Invalid("A range is an address, first-last, or a network: 10.0.0.0/8.") from error
    if first.version != last.version or int(first) > int(last):
        raise Invalid("The first address of a range must not come after the last.")
    return first, last


def _plain(address: Address) -> Address:
    """An IPv4 address that came as IPv6 is the same client."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
