"""Users, groups and roles through HTTP: who may change whom, and how soon it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import ADMINISTRATOR, BY_NAME, SHIPPED
from chalicelib.access.principal import Principal
from chalicelib.access.user_change import UserChange
from chalicelib.core.errors import StillUsed
from tests.access.conftest import Cluster, Meanwhile, trail
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


def test_an_administrator_who_is_locked_does_not_stand_in_for_the_last(cluster: Cluster) -> None:
    """Else two steps would shut everybody out: only an administrator opens that lock."""
    admin, (id, _) = cluster.admin(), cluster.make_user("bob")
    assert admin.post(f"{USERS}/{id}/roles", {"roleIds": [1]}).status == 200
    assert admin.post(f"{USERS}/{id}/lock-out", {}).status == 200
    assert admin.delete(f"{USERS}/1").status == 409
    assert admin.delete(f"{USERS}/1/roles", {"roleIds": [1]}).status == 409
    unlock = {"data": {"isLockedOut": {"dirty": True, "value": False}}}
    assert admin.patch(f"{USERS}/{id}", unlock).status == 200
    assert admin.delete(f"{USERS}/1").status == 200


def test_of_administrators_who_shut_each_other_out_at_once_one_stays(cluster: Cluster) -> None:
    admin, (id, _) = cluster.admin(), cluster.make_user("bob")
    assert admin.post(f"{USERS}/{id}/roles", {"roleIds": [1]}).status == 200
    users = wiring.users()
    who = Principal(1, "ada", "Ada", SHIPPED[ADMINISTRATOR][1])
    lock, leave = UserChange(locked=True), UserChange(enabled=False)
    for first, second in ((lock, lock), (lock, leave), (leave, lock)):

        def meanwhile() -> None:
            users.change(who, 1, first, cluster.time())  # noqa: B023

        rows = Meanwhile(users.standings.users, "logins", meanwhile)
        slow = replace(users, standings=replace(users.standings, users=rows))
        with pytest.raises(StillUsed):
            slow.change(who, id, second, cluster.time())
        users.change(who, 1, UserChange(locked=False, enabled=True), cluster.time())


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


def test_the_trail_of_a_user_tells_who_did_what_from_where(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    cluster.time.pass_by(seconds=1)
    cluster.token("bob", password)
    found = cluster.admin().get(f"{USERS}/{id}/audit").json["records"]
    assert [(one["action"], one["displayName"]) for one in found] == [
        ("LOGIN", "Bob"),
        ("CREATE", "ada"),
    ]
    assert found[0]["ipAddress"] == cluster.client.address
