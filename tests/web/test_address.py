"""A client cannot choose its own address."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from chalicelib.web.address import client_address

PEER, CLIENT, FORGED, PROXY = "203.0.113.9", "198.51.100.4", "192.0.2.1", "10.0.0.5"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "header", "found"),
    [
        (PEER, "", PEER),
        (PEER, CLIENT, PEER),  # who is not trusted says nothing
        ("127.0.0.1", CLIENT, "127.0.0.1"),  # loopback is not special
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{FORGED}, {CLIENT}", CLIENT),  # read from the right
        (PROXY, f"{FORGED}, {CLIENT}, 10.9.9.9", CLIENT),  # through two proxies
        (PROXY, "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        (PROXY, f"{FORGED}, unknown", PROXY),  # what is no address ends the chain
        (PROXY, f"{CLIENT}:443", PROXY),
        (PROXY, " , ,", PROXY),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("", CLIENT, ""),
    ],
)
def test_the_header_counts_as_far_as_trusted_proxies_wrote_it(
    peer: str, header: str, found: str
) -> None:
    assert client_address(peer, {"x-forwarded-for": header}, TRUSTED) == found


def test_nobody_is_trusted_unless_listed() -> None:
    assert client_address(PROXY, {"x-forwarded-for": CLIENT}, ()) == PROXY
