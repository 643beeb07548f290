"""Seats of licences: who takes one, who is refused, and who is never touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import Principal
from chalicelib.access.user_change import NewUser
from chalicelib.cluster import routes
from chalicelib.core.errors import Unlicensed
from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.client import Client
from tests.cluster.signer import LicenceSigner, licence, set_signer

from .conftest import Cluster, Meanwhile

__all__ = ["routes"]

SIGNER = LicenceSigner()


@pytest.fixture
def admin(cluster: Cluster) -> Client:
    """The administrator of a cluster with a licence for two named users, himself one of them."""
    set_signer(SIGNER.public)
    admin = cluster.admin()
    key = SIGNER.sign(licence(cluster.time().date(), seats=2))
    assert admin.post("/api/v1/licenses", {"key": key}).status == 200
    return admin


def make(admin: Client, name: str, **facts: Any) -> Any:
    body = {"userName": name, "displayName": name, "password": canary()} | facts
    return admin.post("/api/v1/users", body)


def test_beyond_the_seats_nobody_is_made_or_enabled_and_the_others_go_on(
    admin: Client, cluster: Cluster
) -> None:
    assert make(admin, "b").status == 200
    refused = make(admin, "c")
    assert (refused.status, refused.json["errorCode"]) == (400, "API_LicenseRequired")
    assert "Every seat" in refused.message
    robot = make(admin, "robot", isApplicationAccount=True)
    asleep = make(admin, "asleep", enabled=False)
    assert (robot.status, asleep.status) == (200, 200)
    for user, change in ((robot, {"isApplicationAccount": False}), (asleep, {"enabled": True})):
        path = f"/api/v1/users/{user.json['id']}"
        assert admin.put(path, change).json["errorCode"] == "API_LicenseRequired"
        assert admin.put(path, {"displayName": "Renamed"}).status == 200
    assert cluster.admin().get("/api/v1/users/current").status == 200
    seats = admin.get("/api/v1/licenses/summary").json
    assert (seats["seatsUsed"], seats["seatsTotal"]) == (2, 2)


def test_a_seat_given_up_may_be_taken(admin: Client) -> None:
    bob = make(admin, "b").json["id"]
    assert make(admin, "c").status == 400
    assert admin.delete(f"/api/v1/users/{bob}").status == 200
    assert make(admin, "c").status == 200


def test_a_taken_name_is_told_as_such_and_takes_no_seat(admin: Client) -> None:
    assert make(admin, "ada").message == "A user of that name exists already."
    assert make(admin, "b").status == 200


def test_two_who_take_the_last_seat_at_once_get_one(admin: Client, cluster: Cluster) -> None:
    """The slower one counted before the other's user was there: he counts again."""
    users = wiring.users()
    licences = wiring.licences()
    counted = Meanwhile(licences, "seats_taken", lambda: make(admin, "faster"))
    racing = replace(users, seat=replace(licences, seats_taken=counted.seats_taken).seat)
    who = Principal(1, "ada", "Ada", frozenset())
    with pytest.raises(Unlicensed):
        racing.create(who, NewUser("slower", "Slower", Plain(canary())), cluster.time())
    assert admin.get("/api/v1/licenses/summary").json["seatsUsed"] == 2


def test_without_a_signer_nobody_is_counted(cluster: Cluster) -> None:
    for number in range(3):
        assert make(cluster.admin(), f"user-{number}").status == 200
