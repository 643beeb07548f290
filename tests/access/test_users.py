"""Users, groups and roles through HTTP: who may change whom, and how soon it counts."""

from __future__ import annotations

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import BY_NAME
from chalicelib.core.plain import Plain
from tests.access.conftest import Cluster, trail
from tests.calls import Calls
from tests.canary import canary

USERS, GROUPS, ROLES = "/api/v1/users", "/api/v1/groups", "/api/v1/roles"
CURRENT = f"{USERS}/current"


def test_a_new_user_logs_in_and_has_the_role_user(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    assert cluster.client.login("bob", password).get(CURRENT).json["id"] == id
    roles = cluster.admin().get(f"{USERS}/{id}/roles").json["records"]
    assert roles == [{"roleId": 2, "name": "User"}]


def test_a_user_model_meets_the_contract(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    cluster.client.login("bob", password)
    found = cluster.admin().get(f"{USERS}/{id}").json
    assert found["userName"] == "bob"
    assert found["enabled"] is True
    assert not any("hash" in key.lower() for key in found)


def test_a_name_is_given_once_in_whatever_case(cluster: Cluster) -> None:
    cluster.make_user("bob")
    body = {"userName": "BOB", "displayName": "B", "password": canary()}
    answer = cluster.admin().post(USERS, body)
    assert (answer.status, answer.json["errorCode"]) == (409, "API_Conflict")


@pytest.mark.parametrize("password", ["short", "passwordpassword"])
def test_weak_passwords_are_refused(cluster: Cluster, password: str) -> None:
    body = {"userName": "bob", "displayName": "B", "password": password}
    answer = cluster.admin().post(USERS, body)
    assert answer.status == 400
    assert password not in answer.message


def test_search_finds_by_word_and_pages(cluster: Cluster) -> None:
    for name in ("bob", "bobby", "carol"):
        cluster.make_user(name)
    admin = cluster.admin()
    found = admin.get(USERS, query={"filter.searchText": "BOB", "take": 1}).json
    assert (found["total"], found["hasNext"]) == (2, True)
    assert [one["userName"] for one in found["records"]] == ["bob"]
    query = {"sortBy[0].name": "userName", "sortBy[0].direction": "desc"}
    assert admin.get(USERS, query=query).json["records"][0]["userName"] == "carol"
    query = {"filter.searchText": "bob", "filter.searchFields": "emailAddress"}
    assert admin.get(USERS, query=query).json["total"] == 0


def test_anybody_signed_in_may_look_names_up(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    bob = cluster.client.login("bob", password)
    found = bob.get(f"{USERS}/lookup").json["records"]
    assert {"id": 1, "value": "ada"} in found
    assert bob.get(USERS).json["errorCode"] == "API_AccessDenied"
    assert bob.get(f"{GROUPS}/lookup").status == 200


def test_unknown_ids_are_not_found(cluster: Cluster) -> None:
    admin = cluster.admin()
    for path in (f"{USERS}/99", f"{GROUPS}/99", f"{ROLES}/99", f"{USERS}/x", f"{USERS}/99/roles"):
        answer = admin.get(path)
        assert (answer.status, "not found" in answer.message) == (404, True), path


def test_disabling_a_user_ends_his_sessions_at_once_and_for_good(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    bob, admin = cluster.client.login("bob", password), cluster.admin()
    assert admin.delete(f"{USERS}/{id}").json["objectType"] == "User"
    assert bob.get(CURRENT).status == 401
    assert cluster.token("bob", password).status == 400
    assert admin.put(f"{USERS}/{id}", {"enabled": True}).json["enabled"] is True
    assert bob.get(CURRENT).status == 401
    assert cluster.token("bob", password).status == 200
    assert admin.get(USERS, query={"filter.includeInactive": True}).json["total"] == 2
    assert [one for one in trail() if one[1] == str(id)].count(("DISABLE", str(id), "")) == 1


def test_a_reset_password_ends_the_old_ones_sessions(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    issued, new = cluster.token("bob", password).json, canary()
    body = {"data": {"userId": id, "password": new}}
    assert cluster.admin().post(f"{USERS}/{id}/password-reset", body).json == {"success": True}
    assert cluster.client.signed_in(issued["access_token"]).get(CURRENT).status == 401
    assert cluster.refresh(issued["refresh_token"]).status == 400
    assert cluster.token("bob", password).status == 400
    assert cluster.token("bob", new).status == 200


def test_ones_own_new_password_keeps_the_session_in_use_only(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    here, elsewhere, new = (
        cluster.client.login("bob", password),
        cluster.client.login("bob", password),
        canary(),
    )
    body = {"currentPassword": password, "newPassword": new}
    assert here.post(f"{USERS}/change-password", body).status == 200
    assert here.get(CURRENT).status == 200
    assert elsewhere.get(CURRENT).status == 401
    assert cluster.token("bob", new).status == 200


def test_a_wrong_current_password_counts_as_a_failed_log_in(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    bob = cluster.client.login("bob", password)
    body = {"currentPassword": canary(), "newPassword": canary()}
    for _ in range(5):
        assert bob.post(f"{USERS}/change-password", body).status == 400
    assert cluster.admin().get(f"{USERS}/{id}").json["isLockedOut"] is True
    assert bob.post(f"{USERS}/change-password", body | {"currentPassword": password}).status == 400


def test_locking_a_user_out_ends_his_sessions_until_he_is_unlocked(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    bob, admin = cluster.client.login("bob", password), cluster.admin()
    body = {"data": {"reasonType": "SuspiciousActivity", "description": "odd hours"}}
    assert admin.post(f"{USERS}/{id}/lock-out", body).json == {"success": True}
    assert bob.get(CURRENT).status == 401
    cluster.time.pass_by(days=2)
    assert cluster.token("bob", password).status == 400
    admin = cluster.admin()
    found = admin.get(f"{USERS}/{id}").json
    assert (found["lockOutReason"], found["lockOutReasonDescription"]) == (
        "SuspiciousActivity",
        "odd hours",
    )
    patch = {"data": {"isLockedOut": {"dirty": True, "value": False}}}
    assert admin.patch(f"{USERS}/{id}", patch).json["isLockedOut"] is False
    assert cluster.token("bob", password).status == 200


def test_a_patch_changes_dirty_fields_only(cluster: Cluster) -> None:
    id, _ = cluster.make_user("bob")
    patch = {
        "displayName": {"dirty": True, "value": "Robert"},
        "emailAddress": {"dirty": False, "value": "x@example.com"},
    }
    found = cluster.admin().patch(f"{USERS}/{id}", patch).json
    assert (found["displayName"], found["emailAddress"]) == ("Robert", "")
    assert ("UPDATE", str(id), "displayName") in trail()


def test_somebody_with_less_cannot_take_an_administrator_over(cluster: Cluster) -> None:
    admin = cluster.admin()
    role = admin.post(ROLES, {"name": "Help desk", "enabled": True}).json["id"]
    ids = [BY_NAME[name].id for name in ("Administer Users", "Administer Role Assignment")]
    ids += [permission.id for permission in BY_NAME.values() if permission.user]
    assert admin.put(f"{ROLES}/{role}/permissions", {"rolePermissionIds": ids}).status == 200
    id, password = cluster.make_user("bob")
    other, _ = cluster.make_user("carol")
    admin.post(f"{USERS}/{id}/roles", {"roleIds": [role]})
    bob = cluster.client.login("bob", password)
    reset = {"data": {"userId": 1, "password": canary()}}
    assert bob.post(f"{USERS}/1/password-reset", reset).json["errorCode"] == "API_AccessDenied"
    assert bob.delete(f"{USERS}/1").json["errorCode"] == "API_AccessDenied"
    answer = bob.post(f"{USERS}/{id}/roles", {"roleIds": [1]})
    assert answer.json["errorCode"] == "API_AccessDenied"
    assert bob.post(f"{USERS}/{other}/lock-out", {}).status == 200


def test_the_last_administrator_stays(cluster: Cluster) -> None:
    admin = cluster.admin()
    assert admin.delete(f"{USERS}/1").status == 409
    assert admin.delete(f"{USERS}/1/roles", {"roleIds": [1]}).status == 409
    assert admin.post(f"{USERS}/1/lock-out", {}).status == 409
    id, _ = cluster.make_user("bob")
    assert admin.post(f"{USERS}/{id}/roles", {"roleIds": [1]}).status == 200
    assert admin.delete(f"{USERS}/1/roles", {"roleIds": [1]}).status == 200
    assert wiring.standings().administrators.fetch() == {id}


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
    from dataclasses import replace

    from chalicelib.access.service.users import NewUser

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
    assert admin.get("/api/v1/rolepermissions/unassigned").json == {"permissions": []}


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


def test_changes_need_their_audit(cluster: Cluster) -> None:
    from chalicelib.aws import clients
    from chalicelib.aws.connection import connection

    id, _ = cluster.make_user("bob")
    admin, dynamodb = cluster.admin(), clients.client("dynamodb")
    table = connection().audit_table
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    assert admin.delete(f"{USERS}/{id}").status == 503
    assert admin.get(f"{USERS}/{id}").json["enabled"] is True
