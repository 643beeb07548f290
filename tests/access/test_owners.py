"""Owners of groups and users, and everybody's personal group."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.access.owners import Owners
from chalicelib.access.permissions import BY_NAME
from tests.access.conftest import Cluster, trail
from tests.client import Answer, Client

USERS, GROUPS, ROLES = "/api/v1/users", "/api/v1/groups", "/api/v1/roles"
RANGES = "/api/v1/ipaddress-restrictions"


@pytest.fixture
def admin(cluster: Cluster) -> Client:
    return cluster.admin()


def hired(cluster: Cluster, admin: Client, name: str, *permissions: str) -> tuple[int, Client]:
    """A user with a role of just these permissions, and his client."""
    id, password = cluster.make_user(name)
    held = [BY_NAME[one].id for one in permissions]
    role = admin.post(ROLES, {"name": f"{name}'s", "enabled": True}).json["id"]
    assert admin.put(f"{ROLES}/{role}/permissions", {"rolePermissionIds": held}).status == 200
    admin.post(f"{USERS}/{id}/roles", {"roleIds": [role]})
    return id, cluster.client.login(name, password)


def refused(answer: Answer) -> bool:
    return answer.status == 400 and answer.json["errorCode"] == "API_AccessDenied"


def dirty(**fields: Any) -> dict[str, Any]:
    return {name: {"dirty": True, "value": value} for name, value in fields.items()}


def test_owners_are_named_for_the_trail() -> None:
    assert Owners(frozenset({2, 1}), frozenset({7})).told() == "owners: users 1, 2; groups 7"
    assert Owners().told() == "owners: none"


def test_who_owns_a_group_changes_its_members_and_nothing_else(
    cluster: Cluster, admin: Client
) -> None:
    bob, his = hired(cluster, admin, "bob", "Own Group")
    carol, hers = hired(cluster, admin, "carol", "View Roles")  # an owner without the permission
    body = {"name": "Staff", "enabled": True, "ownerUserIds": [bob], "ownerUserNames": ["CAROL"]}
    made = admin.post(GROUPS, {**body, "hasGroupOwners": True}).json
    assert [(one["name"], one["userId"]) for one in made["owners"]] == [
        ("bob", bob),
        ("carol", carol),
    ]
    staff, other = f"{GROUPS}/{made['id']}", admin.post(GROUPS, {"name": "Other"}).json["id"]

    assert his.get(staff).json["canEditMembers"] is True
    assert his.get(GROUPS).json["total"] == 1
    assert his.post(f"{staff}/users", {"userId": carol}).status == 200
    assert his.put(f"{staff}/users", {"userIds": [carol, bob]}).status == 200
    assert his.get(f"{staff}/users").json["total"] == 2
    assert his.delete(f"{staff}/users/{carol}").status == 200
    assert his.delete(f"{USERS}/{bob}/groups", query={"groupIds": made["id"]}).status == 200
    assert ("ADD_MEMBER", str(made["id"]), f"user {carol}") in trail()
    for answer in (
        his.get(f"{GROUPS}/{other}"),
        his.post(f"{GROUPS}/{other}/users", {"userId": bob}),
        his.post(f"{USERS}/{bob}/groups", {"groupIds": [made["id"], other]}),
        his.put(staff, {"id": made["id"], "name": "Mine", "enabled": True}),
        hers.post(f"{staff}/users", {"userId": carol}),
    ):
        assert refused(answer), answer.body
    assert admin.get(f"{staff}/users").json["total"] == 0

    # Who is bound by the group does not let himself out as its owner.
    office = {"name": "office", "range": f"{admin.address}"}
    bound = {"data": dirty(ipAddressRestrictionIds=[admin.post(RANGES, office).json["id"]])}
    assert admin.patch(staff, bound).status == 200
    assert his.post(f"{staff}/users", {"userId": bob}).status == 200
    assert refused(his.delete(f"{staff}/users/{bob}"))
    assert refused(his.put(f"{staff}/users", {"userIds": []}))
    assert admin.delete(f"{staff}/users/{bob}").status == 200
    admin.patch(staff, {"data": dirty(ipAddressRestrictionIds=[])})

    # An owner reaches no further than his own rights, as everybody.
    admin.post(f"{staff}/roles", {"roleIds": [1]})
    assert refused(his.post(f"{staff}/users", {"userId": bob}))
    admin.delete(f"{staff}/roles", {"roleIds": [1]})


def test_members_of_a_group_that_owns_one_are_its_owners(cluster: Cluster, admin: Client) -> None:
    bob, his = hired(cluster, admin, "bob", "Own Group")
    carol, _ = hired(cluster, admin, "carol")
    made, other = (admin.post(GROUPS, {"name": one}).json["id"] for one in ("Staff", "Other"))
    staff = f"{GROUPS}/{made}"
    lent = {"data": dirty(ownerGroupIds=[other])}
    assert [one["groupId"] for one in admin.patch(staff, lent).json["owners"]] == [other]
    assert refused(his.post(f"{staff}/users", {"userId": bob}))
    admin.post(f"{GROUPS}/{other}/users", {"userId": bob})
    assert his.post(f"{staff}/users", {"userId": bob}).status == 200
    personal = admin.get(f"{USERS}/{carol}").json["personalGroupId"]
    moved = {"data": {"addedOwnerGroupIds": [personal], "removedOwnerGroupIds": [other]}}
    assert [one["userId"] for one in admin.patch(staff, moved).json["owners"]] == [carol]
    assert ("UPDATE", str(made), f"owners: users {carol}") in trail()
    assert refused(his.post(f"{staff}/users", {"userId": bob}))
    taken = admin.put(staff, {"id": made, "hasGroupOwners": False, "name": "Staff"}).json
    assert (taken["hasGroupOwners"], taken["owners"]) == (False, [])
    unknown = {"data": dirty(ownerGroupIds=[99999])}
    assert admin.patch(staff, unknown).status == 404


def test_everybody_has_a_personal_group_that_nobody_changes(
    cluster: Cluster, admin: Client
) -> None:
    bob, _ = cluster.make_user("bob")
    id = admin.get(f"{USERS}/{bob}").json["personalGroupId"]
    path = f"{GROUPS}/{id}"
    found = admin.get(path).json
    assert (found["id"], found["name"], found["isEditable"]) == (id, "bob", False)
    assert (found["systemGroup"], found["canEditMembers"]) == (True, False)
    assert [one["userId"] for one in admin.get(f"{path}/users").json["records"]] == [bob]
    assert admin.get(f"{path}/users/{bob}").json["userName"] == "bob"
    assert admin.get(f"{path}/roles").json["total"] == 0
    for answer in (
        admin.put(path, {"id": id, "name": "mine", "enabled": False}),
        admin.patch(path, {"data": dirty(enabled=False)}),
        admin.delete(path),
        admin.post(f"{path}/users", {"userId": bob}),
        admin.put(f"{path}/users", {"userIds": []}),
        admin.delete(f"{path}/users/{bob}"),
        admin.post(f"{USERS}/{bob}/groups", {"groupIds": [id]}),
        admin.post(f"{path}/roles", {"roleIds": [3]}),
    ):
        assert answer.status == 409, answer.body
    assert admin.get(GROUPS).json["total"] == 0
    assert admin.get(f"{GROUPS}/99999").status == 404


def test_who_owns_a_user_changes_him_and_nobody_else(cluster: Cluster, admin: Client) -> None:
    boss, his = hired(cluster, admin, "boss", "Own User")
    bob, _ = hired(cluster, admin, "bob")
    eve, _ = hired(cluster, admin, "eve")
    for one in (bob, eve):  # the role User reaches further than an owner of users
        admin.delete(f"{USERS}/{one}/roles", {"roleIds": [2]})
    admin.delete(f"{USERS}/{boss}/roles", {"roleIds": [2]})
    personal = admin.get(f"{USERS}/{boss}").json["personalGroupId"]
    owned = {"data": {"groupOwners": [personal], "isGroupOwnerUpdate": True}}
    assert admin.patch(f"{USERS}/{bob}", owned).status == 200
    listed = admin.get(f"{USERS}/{bob}/owners").json["records"]
    assert [(one["name"], one["isUser"], one["userId"]) for one in listed] == [("boss", True, boss)]
    assert ("UPDATE", str(bob), f"owners: users {boss}") in trail()

    assert [one["id"] for one in his.get(USERS).json["records"]] == [bob]
    assert his.get(f"{USERS}/{bob}").status == 200
    renamed = his.patch(f"{USERS}/{bob}", {"data": dirty(displayName="Robert")})
    assert renamed.json["displayName"] == "Robert"
    assert his.delete(f"{USERS}/{bob}").status == 200
    assert admin.get(f"{USERS}/{bob}").json["enabled"] is False
    for answer in (
        his.get(f"{USERS}/{eve}"),
        his.get(f"{USERS}/{eve}/owners"),
        his.delete(f"{USERS}/{eve}"),
        his.patch(f"{USERS}/{bob}", owned),  # who owns him is not an owner's to say
        his.post(USERS, {"userName": "x", "displayName": "x", "password": "-"}),
    ):
        assert refused(answer), answer.body

    # Nor does an owner reach beyond his own rights.
    admin.post(f"{USERS}/{bob}/roles", {"roleIds": [1]})
    assert refused(his.patch(f"{USERS}/{bob}", {"data": dirty(displayName="Bobby")}))
    nobody = {"data": {"groupOwners": [], "isGroupOwnerUpdate": True}}
    admin.patch(f"{USERS}/{bob}", nobody)
    assert admin.get(f"{USERS}/{bob}/owners").json["total"] == 0
