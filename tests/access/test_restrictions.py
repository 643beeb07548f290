"""Allow-lists of client addresses: the rule, and what it does to log-ins and requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.permissions import BY_NAME
from chalicelib.access.restriction import Restriction, admits, bounds
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.core.errors import Invalid
from tests.canary import canary
from tests.client import Client
from tests.house import House, open_house

PATH = "/api/v1/ipaddress-restrictions"
OFFICE, ELSEWHERE = "198.51.100.7", "192.0.2.9"


@pytest.mark.parametrize(
    ("range", "address", "inside"),
    [
        ("198.51.100.7", OFFICE, True),
        ("198.51.100.7", "198.51.100.8", False),
        ("198.51.100.0/24", OFFICE, True),
        ("198.51.100.1-198.51.100.7", OFFICE, True),
        ("198.51.100.1 - 198.51.100.6", OFFICE, False),
        ("198.51.100.0/24", "::ffff:198.51.100.7", True),
        ("2001:db8::/32", "2001:db8::9", True),
        ("2001:db8::/32", OFFICE, False),
        ("198.51.100.0/24", "127.0.0.1", False),  # loopback is not special
        ("198.51.100.0/24", "", False),
    ],
)
def test_what_lies_in_a_range(range: str, address: str, inside: bool) -> None:
    assert Restriction(1, "r", range).holds(address) is inside


@pytest.mark.parametrize(
    "range", ["", "office", "198.51.100.300", "198.51.100.9-198.51.100.1", "1.2.3.4-::1", "1-2-3"]
)
def test_what_is_no_range(range: str) -> None:
    with pytest.raises(Invalid):
        bounds(range)


def test_who_is_bound_by_several_may_come_from_each_and_who_by_none_from_everywhere() -> None:
    office = Restriction(1, "office", OFFICE, users=frozenset({7}))
    branch = Restriction(2, "branch", ELSEWHERE, groups=frozenset({70}))
    both = (office, branch)
    assert admits(both, 7, {70}, OFFICE) and admits(both, 7, {70}, ELSEWHERE)
    assert admits(both, 7, {1}, OFFICE) and not admits(both, 7, {1}, ELSEWHERE)
    assert not admits(both, 8, {70}, OFFICE)
    assert admits(both, 8, {1}, "203.0.113.1")


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def made(admin: Client, range: str) -> int:
    answer = admin.post(PATH, {"name": "office", "range": range})
    assert answer.status == 200, answer.message
    return int(answer.json["id"])


def new_user(admin: Client, name: str) -> tuple[int, dict[str, str]]:
    password = canary()
    body = {"userName": name, "displayName": name, "password": password}
    id = int(admin.post("/api/v1/users", body).json["id"])
    return id, {"grant_type": "password", "username": name, "password": password}


def log_in(admin: Client, form: dict[str, str], address: str) -> Any:
    return replace(admin.signed_in(""), address=address).post("/oauth2/token", form=form)


def test_a_bound_user_logs_in_and_works_from_the_range_only(house: House) -> None:
    admin = house.admin
    id, form = new_user(admin, "carol")
    office = made(admin, "198.51.100.0/24")
    early = log_in(admin, form, ELSEWHERE).json["access_token"]
    args = {"ipAddressRestrictionId": office, "userId": id}
    assert admin.post(f"{PATH}/{office}/users", args).json["userName"] == "carol"

    # The session that began elsewhere ends where it is with the next request.
    there = replace(admin, address=ELSEWHERE).signed_in(early)
    assert there.get("/api/v1/users/current").json["errorCode"] == "API_AccessDenied"
    assert replace(there, address=OFFICE).get("/api/v1/users/current").status == 200

    # Nor can he log in, or refresh, from there; the trail says why, the answer does not.
    assert log_in(admin, form, ELSEWHERE).status == 400
    inside = log_in(admin, form, OFFICE)
    assert inside.status == 200
    fresh = {"grant_type": "refresh_token", "refresh_token": inside.json["refresh_token"]}
    assert log_in(admin, fresh, ELSEWHERE).status == 400
    notes = [one["notes"] for one in admin.get(f"/api/v1/users/{id}/audit").json["records"]]
    assert "not from this address" in notes
    refused = [row for row in AuditRow.scan() if row.action == "REFUSED"]
    assert [(row.actor, row.item, row.address, row.detail) for row in refused] == [
        (id, "GET /api/v1/users/current", ELSEWHERE, "not from this address.")
    ]

    assert admin.delete(f"{PATH}/{office}/users/{id}").status == 200
    assert log_in(admin, form, ELSEWHERE).status == 200


def test_a_header_that_nobody_trusts_opens_no_door(house: House) -> None:
    id, form = new_user(house.admin, "carol")
    office = made(house.admin, OFFICE)
    house.admin.post(f"{PATH}/{office}/users", {"ipAddressRestrictionId": office, "userId": id})
    forged = replace(house.admin, headers={"x-forwarded-for": OFFICE})
    assert log_in(forged, form, ELSEWHERE).status == 400


def test_a_group_binds_its_members(house: House) -> None:
    admin = house.admin
    id, form = new_user(admin, "carol")
    group = admin.post("/api/v1/groups", {"name": "Branch"}).json["id"]
    office = made(admin, OFFICE)
    bound = {"ipAddressRestrictionId": office, "groupId": group}
    assert admin.post(f"{PATH}/{office}/groups", bound).json["groupName"] == "Branch"
    assert admin.get(f"{PATH}/{office}/groups").json["total"] == 1
    assert log_in(admin, form, ELSEWHERE).status == 200
    admin.post(f"/api/v1/groups/{group}/users", {"userId": id})
    assert log_in(admin, form, ELSEWHERE).status == 400
    assert admin.delete(f"{PATH}/{office}").status == 200
    assert log_in(admin, form, ELSEWHERE).status == 200


def bind_by_patch(admin: Client, path: str, *ids: int) -> Any:
    change = {"ipAddressRestrictionIds": {"dirty": True, "value": list(ids)}}
    return admin.patch(path, {"data": change})


def test_an_allow_list_set_through_the_user_binds_from_the_next_request_on(house: House) -> None:
    admin = house.admin
    id, form = new_user(admin, "carol")
    user = f"/api/v1/users/{id}"
    there = admin.signed_in(log_in(admin, form, ELSEWHERE).json["access_token"])
    there = replace(there, address=ELSEWHERE)
    office, branch = made(admin, OFFICE), made(admin, "::1")

    assert admin.get(user).json["ipAddressRestrictions"] == []
    told = bind_by_patch(admin, user, office, branch).json["ipAddressRestrictions"]
    assert {one["ipAddressRestrictionId"] for one in told} == {office, branch}
    assert admin.get(user).json["ipAddressRestrictions"] == told
    listed = admin.get(f"{user}/ipaddress-restrictions").json["records"]
    assert [one["userName"] for one in listed] == ["carol", "carol"]
    assert admin.get(f"{PATH}/{office}/users").json["total"] == 1
    assert there.get("/api/v1/users/current").json["errorCode"] == "API_AccessDenied"
    assert replace(there, address=OFFICE).get("/api/v1/users/current").status == 200

    # What is set replaces what was; with an unknown one the rest of the change fails as well.
    assert bind_by_patch(admin, user, office).status == 200
    both = {
        "ipAddressRestrictionIds": {"dirty": True, "value": [9999]},
        "displayName": {"dirty": True, "value": "Carola"},
    }
    assert admin.patch(user, {"data": both}).status == 404
    assert admin.get(user).json["displayName"] == "carol"
    assert admin.get(f"{PATH}/{branch}/users").json["total"] == 0
    assert bind_by_patch(admin, user).json["ipAddressRestrictions"] == []
    assert there.get("/api/v1/users/current").status == 200
    lines = [(row.item, row.detail) for row in AuditRow.scan(AuditRow.action == "UPDATE")]
    for which, what in ((office, "bound"), (branch, "let go"), (office, "let go")):
        assert (str(which), f"user {id} {what}") in lines


def test_one_set_through_the_group_binds_its_members_and_who_may_say_so(house: House) -> None:
    admin = house.admin
    id, form = new_user(admin, "carol")
    group = admin.post("/api/v1/groups", {"name": "Branch"}).json["id"]
    path, office = f"/api/v1/groups/{group}", made(admin, OFFICE)
    admin.post(f"{path}/users", {"userId": id})
    there = admin.signed_in(log_in(admin, form, ELSEWHERE).json["access_token"])
    told = bind_by_patch(admin, path, office).json["ipAddressRestrictions"]
    assert told == [{"id": office, "name": "office", "range": OFFICE}]
    assert admin.get(path).json["ipAddressRestrictions"] == told
    listed = admin.get(f"{path}/ipaddress-restrictions").json["records"]
    assert [one["groupName"] for one in listed] == ["Branch"]
    assert replace(there, address=ELSEWHERE).get("/api/v1/users/current").status == 400

    # Who administers users and groups and no addresses, leaves them as they are.
    role = admin.post("/api/v1/roles", {"name": "Help", "enabled": True}).json["id"]
    held = admin.get("/api/v1/roles/2/permissions", query={"take": 99}).json["records"]
    ids = [one["rolePermissionId"] for one in held]
    ids += [BY_NAME[name].id for name in ("Administer Users", "Administer Groups")]
    admin.put(f"/api/v1/roles/{role}/permissions", {"rolePermissionIds": ids})
    other, form = new_user(admin, "dora")
    admin.post(f"/api/v1/users/{other}/roles", {"roleIds": [role]})
    dora = admin.signed_in(log_in(admin, form, ELSEWHERE).json["access_token"])
    for where in (path, f"/api/v1/users/{id}"):
        wanted = () if where == path else (office,)
        assert bind_by_patch(dora, where, *wanted).json["errorCode"] == "API_AccessDenied"
    assert bind_by_patch(dora, path, office).status == 200  # as it is

    # Nor does anybody shut himself out like that.
    me = admin.get("/api/v1/users/current").json["id"]
    assert bind_by_patch(admin, f"/api/v1/users/{me}", office).status == 409


def test_nobody_shuts_himself_out(house: House) -> None:
    admin = house.admin
    me = admin.get("/api/v1/users/current").json["id"]
    here, office = made(admin, admin.address), made(admin, OFFICE)
    shut = admin.post(f"{PATH}/{office}/users", {"ipAddressRestrictionId": office, "userId": me})
    assert (shut.status, admin.address in shut.message) == (409, True)
    own = {"ipAddressRestrictionId": here, "userId": me}
    assert admin.post(f"{PATH}/{here}/users", own).status == 200
    assert admin.put(f"{PATH}/{here}", {"id": here, "name": "x", "range": OFFICE}).status == 409
    assert admin.get(f"{PATH}/{here}").json["range"] == admin.address
    assert admin.get("/api/v1/users/current").status == 200


def test_a_wrong_range_is_refused(house: House) -> None:
    assert house.admin.post(PATH, {"name": "x", "range": "everywhere"}).status == 400
    assert house.admin.get(PATH).json["total"] == 0
    assert house.admin.delete(f"{PATH}/9").status == 404
