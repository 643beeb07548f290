"""Site Local reaches other machines, not the cluster's own neighbourhood, unless listed."""

from __future__ import annotations

import pytest

from chalicelib.changers.target import Target
from chalicelib.core.errors import AccessDenied, Unavailable
from chalicelib.core.near import is_near
from chalicelib.rotation.resolve import resolve
from chalicelib.rotation.targets import LocalTargets

NEAR = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "169.254.169.254",
    "169.254.1.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
]
FAR = ["10.0.0.5", "192.168.1.4", "8.8.8.8", "2001:db8::5", "fd12::5"]


@pytest.mark.parametrize("address", NEAR)
def test_near_addresses_are_known(address: str) -> None:
    assert is_near(address)


@pytest.mark.parametrize("address", FAR)
def test_other_addresses_are_targets(address: str) -> None:
    assert not is_near(address)


def admit(machine: str, address: str, *allowed: str) -> Target:
    return LocalTargets(lambda _: address, allowed).admit(Target(machine, 22))


def test_a_name_that_points_near_is_refused_and_a_far_one_becomes_its_address() -> None:
    with pytest.raises(AccessDenied):
        admit("innocent.example", "169.254.169.254")
    assert admit("db.example", "10.0.0.5") == Target("10.0.0.5", 22)


@pytest.mark.parametrize(
    "listed", ["localhost", "127.0.0.1", "127.0.0.0/8", "127.0.0.1:22", "localhost:22"]
)
def test_a_listed_host_is_reached(listed: str) -> None:
    assert admit("localhost", "127.0.0.1", "nonsense", listed).machine == "127.0.0.1"


@pytest.mark.parametrize("listed", ["other", "10.0.0.0/8", "127.0.0.2", "127.0.0.1:23"])
def test_another_entry_does_not_help(listed: str) -> None:
    with pytest.raises(AccessDenied):
        admit("localhost", "127.0.0.1", listed)


@pytest.mark.parametrize("machine", ["127.0.0.1", "::1"])
def test_an_address_is_its_own(machine: str) -> None:
    assert resolve(machine) == machine


def test_a_name_without_an_address_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        resolve("no-such-host.invalid")
