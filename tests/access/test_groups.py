"""Groups and roles through HTTP: what they give, to whom, and how soon."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.access.permissions import BY_NAME, WITHHELD
from chalicelib.access.user_change import NewUser
from chalicelib.core.plain import Plain
from tests.access.conftest import Cluster, Meanwhile, trail
from tests.calls import Calls
from tests.canary import canary

USERS, GROUPS, ROLES = "/api/v1/users", "/api/v1/groups", "/api/v1/roles"
CURRENT = f"{USERS}/current"


def test_a_role_counts_for_a_live_session_at_once(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    bob, admin = cluster.client.login("bob", password), cluster.admin()
    assert bob.get(ROLES).status == 400
    admin.post(f"{USERS}/{id}/roles", {"roleIds": [1]})
    assert bob.get(ROLES).status == 200
    admin.delete(f"{USERS}/{id}/roles", {"roleIds": [1]})
    assert bob.get(ROLES).status == 400


def test_a_changed_role_counts_for_all_who_have_it_at_once(cluster: Cluster) -> None:
    admin = cluster.admin()
    role = admin.post(ROLES, {"name": "Auditors", "enabled": True}).json["id"]
    id, password = cluster.make_user("bob")
    admin.post(f"{USERS}/{id}/roles", {"roleIds": [role]})
    bob = cluster.client.login("bob", password)
    assert bob.get(ROLES).status == 400
    ids = {"rolePermissionIds": [BY_NAME["View Roles"].id]}
    assert admin.put(f"{ROLES}/{role}/permissions", ids).json == {"success": True}
    assert bob.get(ROLES).status == 200
    held = admin.get(f"{ROLES}/{role}/permissions").json["records"]
    assert [one["name"] for one in held] == ["View Roles"]
    admin.patch(f"{ROLES}/{role}", {"data": {"enabled": {"dirty": True, "value": False}}})
    assert bob.get(ROLES).status == 400


def test_a_group_gives_its_roles_to_its_members_at_once(cluster: Cluster) -> None:
    admin = cluster.admin()
    group = admin.post(GROUPS, {"name": "Staff", "enabled": True}).json["id"]
    id, password = cluster.make_user("bob")
    bob = cluster.client.login("bob", password)
    assert admin.post(f"{GROUPS}/{group}/roles", {"roleIds": [1]}).status == 200
    assert admin.post(f"{GROUPS}/{group}/users", {"userId": id}).json["userName"] == "bob"
    assert bob.get(ROLES).status == 200
    assigned = admin.get(f"{USERS}/{id}/roles-assigned").json["records"]
    assert [(one["roleId"], one["isDirectAssignment"]) for one in assigned] == [
        (1, False),
        (2, True),
    ]
    assert admin.delete(f"{GROUPS}/{group}").json["id"] == group
    assert bob.get(ROLES).status == 400


def test_a_member_named_twice_joins_once(cluster: Cluster) -> None:
    admin, (id, _) = cluster.admin(), cluster.make_user("bob")
    group = admin.post(GROUPS, {"name": "Ops", "enabled": True}).json["id"]
    change = {"addedUserIds": [id, id], "removeUserIds": []}
    assert admin.patch(f"{GROUPS}/{group}/users", change).status == 200
    assert admin.get(f"{GROUPS}/{group}/users").json["total"] == 1
    elsewhere = {"filter.userDomainId": 7}
    assert admin.get(f"{GROUPS}/{group}/users", query=elsewhere).json["total"] == 0
    assert admin.get(GROUPS, query={"filter.domainId": 7}).json["total"] == 0


def test_members_are_listed_from_both_sides(cluster: Cluster) -> None:
    admin = cluster.admin()
    group = admin.post(GROUPS, {"name": "Staff", "enabled": True}).json["id"]
    bob, _ = cluster.make_user("bob")
    carol, _ = cluster.make_user("carol")
    assert admin.put(f"{GROUPS}/{group}/users", {"userIds": [bob, carol]}).status == 200
    found = admin.get(f"{GROUPS}/{group}/users").json["records"]
    assert [one["userId"] for one in found] == [bob, carol]
    admin.put(f"{GROUPS}/{group}/users", {"userIds": [carol]})
    assert admin.get(f"{USERS}/{bob}/groups").json["total"] == 0
    assert admin.get(f"{USERS}/{carol}/groups").json["records"][0]["groupName"] == "Staff"
    assert admin.get(f"{GROUPS}/{group}/users/{bob}").status == 404
    assert admin.delete(f"{GROUPS}/{group}/users/{carol}").status == 200
    assert admin.post(f"{USERS}/{bob}/groups", {"groupIds": [group]}).json == {"success": True}
    gone = admin.delete(f"{USERS}/{bob}/groups", query={"groupIds": group})
    assert gone.json == {"success": True}
    assert admin.get(f"{GROUPS}/{group}/users").json["total"] == 0


def test_a_large_group_is_filled_in_chunks(cluster: Cluster) -> None:
    cheap = replace(wiring.users(), hasher=NoHash())
    who = wiring.door().authenticate(cluster.admin().token, [], cluster.time(), "").principal
    ids = []
    for number in range(37):
        new = NewUser(f"user{number}", "", Plain(canary()))
        ids.append(cheap.create(who, new, cluster.time()).user.id)
    group = cluster.admin().post(GROUPS, {"name": "Many", "enabled": True}).json["id"]
    assert cluster.admin().put(f"{GROUPS}/{group}/users", {"userIds": ids}).status == 200
    found = cluster.admin().get(f"{GROUPS}/{group}/users", query={"take": 2147483647}).json
    assert found["total"] == 37
    assert sum(action == "ADD_MEMBER" for action, _, _ in trail()) == 37


class NoHash:
    """A hasher for users who never log in."""

    def hash(self, password: Plain) -> str:
        return "x"

    def matches(self, hashed: str, password: Plain) -> bool:
        return False

    def is_outdated(self, hashed: str) -> bool:
        return False


def test_names_of_groups_and_roles_are_given_once(cluster: Cluster) -> None:
    admin = cluster.admin()
    for path in (GROUPS, ROLES):
        first = admin.post(path, {"name": "Staff", "enabled": True}).json["id"]
        assert admin.post(path, {"name": "STAFF", "enabled": True}).status == 409
        rename = {"data": {"name": {"dirty": True, "value": "People"}}}
        assert admin.patch(f"{path}/{first}", rename).json["name"] == "People"
        assert admin.post(path, {"name": "Staff", "enabled": True}).status == 200
    assert admin.post(ROLES, {"name": "administrator", "enabled": True}).status == 409


def test_shipped_roles_do_not_change(cluster: Cluster) -> None:
    admin = cluster.admin()
    assert admin.put(f"{ROLES}/1/permissions", {"rolePermissionIds": []}).status == 409
    found = admin.get(ROLES).json["records"]
    assert [(one["id"], one["isSystem"]) for one in found] == [(1, True), (3, True), (2, True)]
    unassigned = admin.get("/api/v1/rolepermissions/unassigned").json["permissions"]
    assert unassigned == sorted(WITHHELD)


def test_a_warm_process_reads_roles_again_only_when_they_moved(
    cluster: Cluster, calls: Calls
) -> None:
    admin = cluster.admin()
    admin.get(CURRENT)
    calls.clear()
    admin.get(CURRENT)
    assert calls.count(operation="Query") == 0
    admin.post(GROUPS, {"name": "Staff", "enabled": True})
    calls.clear()
    admin.get(CURRENT)
    assert calls.count(operation="Query") == 1


def test_a_change_that_met_another_begins_again(cluster: Cluster) -> None:
    group = cluster.admin().post(GROUPS, {"name": "Staff", "enabled": True}).json["id"]
    id, _ = cluster.make_user("bob")
    admin = cluster.admin()
    who = wiring.door().authenticate(admin.token, [], cluster.time(), "").principal
    users = Meanwhile(
        wiring.groups().users,
        "standings",
        lambda: admin.post(f"{USERS}/{id}/roles", {"roleIds": [3]}),
    )
    replace(wiring.groups(), users=users).join(who, [group], [id], cluster.time())
    assert admin.get(f"{USERS}/{id}/roles").json["total"] == 2
    assert admin.get(f"{USERS}/{id}/groups").json["total"] == 1
