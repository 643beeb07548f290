"""Addresses too near to the cluster's own parts for what an admin or an editor names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"})


def is_near(address: str) -> bool:
    """Whether an address is of this very machine, its link, or the cloud's metadata service."""
    one = plain(ip_address(address.partition("%")[0]))
    return (
        str(one) in METADATA
        or one.is_loopback
        or one.is_link_local
        or one.is_unspecified
        or one.is_multicast
    )


def plain(one: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address in IPv6's clothes is what it is."""
    mapped = one.ipv4_mapped if isinstance(one, IPv6Address) else None
    return mapped or one
