"""Roles of a group at once, what was done with roles, domains, and people who are forgotten."""

from __future__ import annotations

from chalicelib.access.permissions import BY_NAME
from tests.access.conftest import Cluster, trail
from tests.canary import canary
from tests.reaper import Reaper

USERS, GROUPS, ROLES = "/api/v1/users", "/api/v1/groups", "/api/v1/roles"


def test_a_group_gets_exactly_the_roles_that_are_named(cluster: Cluster) -> None:
    admin = cluster.admin()
    group = admin.post(GROUPS, {"name": "Staff"}).json["id"]
    path = f"{GROUPS}/{group}/roles"
    admin.post(path, {"roleIds": [1]})
    for _ in range(2):
        assert admin.put(path, {"roleIds": [2, 3]}).json == {"success": True}
    assert {one["roleId"] for one in admin.get(path).json["records"]} == {2, 3}
    assert admin.put(path, {"roleIds": [99999]}).status == 404
    told = [line for line in trail() if line[1] == str(group) and "ROLE" in line[0]]
    assert sorted(told) == [
        ("ADD_ROLE", str(group), "roles 1"),
        ("ADD_ROLE", str(group), "roles 2, 3"),
        ("REMOVE_ROLE", str(group), "roles 1"),
    ]


def test_what_was_done_with_roles_is_told_by_kind(cluster: Cluster) -> None:
    admin = cluster.admin()
    role = admin.post(ROLES, {"name": "Auditors", "enabled": True}).json["id"]
    held = {"rolePermissionIds": [BY_NAME[one].id for one in ("View Roles", "View Users")]}
    admin.put(f"{ROLES}/{role}/permissions", held)
    admin.put(f"{ROLES}/{role}/permissions", {"rolePermissionIds": held["rolePermissionIds"][:1]})
    lines = admin.get("/api/v1/role-audits").json["records"]
    assert {(one["action"], one["auditType"], one["notes"]) for one in lines} == {
        ("CREATE", "Role", ""),
        ("UPDATE_PERMISSIONS", "Permission", "added: View Roles, View Users"),
        ("UPDATE_PERMISSIONS", "Permission", "removed: View Users"),
    }
    assert {(one["id"], one["userName"]) for one in lines} == {(role, "ada")}
    query = {"filter.auditType": "Role"}
    assert admin.get("/api/v1/role-audits", query=query).json["total"] == 1
    assert admin.get("/api/v1/role-audits", query={"filter.auditType": "x"}).status == 400
    assert admin.get("/api/v1/domains").json["records"] == [{"domainId": -1, "domainName": "Local"}]


def test_a_disabled_user_is_forgotten_and_his_name_is_free(cluster: Cluster) -> None:
    """Wherever it is killed: called again, it does the rest."""
    admin = cluster.admin()
    bob, password = cluster.make_user("bob")
    admin.put(f"{USERS}/{bob}", {"emailAddress": "bob@example.com"})
    for subject in ("bob-at-work", "bob-at-home"):
        link = {"issuer": "https://login.example.com", "subject": subject}
        assert admin.post(f"{USERS}/{bob}/openid-connect", link).status == 200
    path = f"{USERS}/delete-pii/{bob}"
    assert admin.post(path).status == 409  # he is enabled
    admin.delete(f"{USERS}/{bob}")
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            admin.post(path)
        for _ in range(2):
            assert admin.post(path).json is True
        found = admin.get(f"{USERS}/{bob}").json
        assert (found["userName"], found["displayName"]) == (
            f"deleted-user-{bob}",
            f"Deleted user {bob}",
        )
        assert (found["emailAddress"], found["enabled"]) == ("", False)
        assert admin.get(f"{USERS}/{bob}/openid-connect").json["records"] == []
        assert trail().count(("DELETE PII", str(bob), "")) == 1
    assert reaper.kills >= 3
    admin.put(f"{USERS}/{bob}", {"enabled": True})
    for name in (f"deleted-user-{bob}", "bob"):
        assert cluster.token(name, password).status == 400
    again = {"userName": "bob", "displayName": "Bob", "password": canary()}
    assert admin.post(USERS, again).status == 200
    admin.post(f"{USERS}/{bob}/roles", {"roleIds": [1]})
    assert admin.post(f"{USERS}/delete-pii/99999").status == 404
