"""Role permissions: the field's list, whole; and each that is said to be in use is asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import app
from chalicelib.access.permissions import BY_NAME, IN_USE, NAMES, WITHHELD
from tests.access.conftest import Cluster, Time, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Client

PRODUCT = Path(__file__).parents[2] / "chalicelib"
USERS, ROLES = "/api/v1/users", "/api/v1/roles"
__all__ = ["app"]  # which declares the endpoints of all areas

QUOTED = re.compile(r'"([^"\n]+)"')
OURS = {
    "Administer Dead Letters",
    "Administer Lists",
    "Administer Metadata",
    "Approve Secret Erase",
    "View Lists",
    "View OpenID Connect",
}


def test_the_fields_list_is_whole_and_each_permission_says_what_it_allows() -> None:
    assert len(NAMES - OURS) == 129
    assert {one.name for one in BY_NAME.values() if not one.allows.endswith(".")} == set()


def test_what_is_in_use_is_asked_for_and_what_is_asked_for_is_in_use() -> None:
    asked: set[str] = set()
    for path in PRODUCT.rglob("*.py"):
        if not path.name.startswith("permissions_"):
            asked |= NAMES.intersection(QUOTED.findall(path.read_text()))
    assert asked == IN_USE


def test_each_opens_what_its_name_says_and_nothing_else(cluster: Cluster) -> None:
    admin = cluster.admin()
    bob, password = cluster.make_user("bob")
    admin.delete(f"{USERS}/{bob}/roles", {"roleIds": [2]})
    role = admin.post(ROLES, {"name": "One", "enabled": True}).json["id"]
    admin.post(f"{USERS}/{bob}/roles", {"roleIds": [role]})
    group = admin.post("/api/v1/groups", {"name": "Staff"}).json["id"]
    his = cluster.client.login("bob", password)
    carol = {"userName": "carol", "displayName": "Carol", "password": canary()}
    wanted = {"requireTwoFactorForWebServices": {"dirty": True, "value": False}}
    two_factor = {"data": {"twoFactor": wanted}}
    opens: dict[str, list[tuple[str, str, Any]]] = {
        "Administer Create Users": [("POST", USERS, carol)],
        "View Group Roles": [("GET", f"/api/v1/groups/{group}/roles", None)],
        "View Secret Templates": [
            ("GET", "/api/v1/secret-templates", None),
            ("GET", "/api/v1/secret-templates/2", None),
            ("GET", "/api/v1/secret-templates/fields/search", None),
        ],
        "Administer System Log": [
            ("GET", "/api/v2/diagnostics/system-logs", None),
            ("POST", "/api/v1/diagnostics/clear-quartz-job-errors", None),
        ],
        "View About": [("GET", "/api/v1/about", None)],
        "View Configuration Security": [("GET", "/api/v1/configuration/security", None)],
        "Administer Configuration Security": [
            ("PATCH", "/api/v1/configuration/security", {"data": {}})
        ],
        "View Configuration Two Factor": [("GET", "/api/v2/configuration/login", None)],
        "Administer Configuration Two Factor": [
            ("PATCH", "/api/v2/configuration/login", two_factor)
        ],
    }
    for held, calls in opens.items():
        give(admin, role, held)
        for others in opens.values():
            for method, path, body in others:
                answer = his.request(method, path, json=body)
                is_refused = answer.status == 400 and b"API_AccessDenied" in answer.body
                assert is_refused is (others is not calls), (held, path, answer.status)
    give(admin, role, "Administer Configuration Two Factor")
    failures = {"data": {"maximumLoginFailures": {"dirty": True, "value": 9}, **two_factor["data"]}}
    answer = his.patch("/api/v2/configuration/login", failures)
    assert answer.json["errorCode"] == "API_AccessDenied"
    assert admin.get("/api/v2/configuration/login").json["maximumLoginFailures"] != 9


def give(admin: Client, role: int, *names: str) -> None:
    ids = [BY_NAME[name].id for name in names]
    answer = admin.put(f"{ROLES}/{role}/permissions", {"rolePermissionIds": ids})
    assert answer.status == 200, answer.body


def test_all_are_listed_and_an_administrator_hands_out_even_those_that_he_has_not(
    cluster: Cluster,
) -> None:
    admin = cluster.admin()
    listed = admin.get("/api/v1/rolepermissions", query={"take": 500}).json["records"]
    assert {one["name"]: one["isInUse"] for one in listed} == {
        name: name in IN_USE for name in NAMES
    }
    role = admin.post(ROLES, {"name": "Later", "enabled": True}).json["id"]
    give(admin, role, *WITHHELD)
    assert not WITHHELD & IN_USE
    bob, password = cluster.make_user("bob")
    helper = admin.post(ROLES, {"name": "Helper", "enabled": True}).json["id"]
    give(admin, helper, "Administer Role Assignment", "Administer Role Permissions")
    admin.post(f"{USERS}/{bob}/roles", {"roleIds": [helper]})
    his = cluster.client.login("bob", password)
    assert his.post(f"{USERS}/{bob}/roles", {"roleIds": [role]}).status == 400
    assert admin.post(f"{USERS}/{bob}/roles", {"roleIds": [role]}).status == 200


def test_what_is_refused_is_on_the_trail_once_a_minute(
    cluster: Cluster, time: Time, calls: Calls
) -> None:
    _, password = cluster.make_user("bob")
    his = cluster.client.login("bob", password)

    def attempted(method: str, path: str) -> list[str]:
        calls.clear()
        assert his.request(method, path, json={}).status == 400
        return [call.operation for call in calls.seen]

    one = attempted("DELETE", f"{USERS}/1")
    assert one[-1] == "PutItem"
    assert attempted("DELETE", f"{USERS}/1") == one[:-1]
    attempted("GET", "/api/v1/roles")
    time.pass_by(minutes=1)
    attempted("DELETE", f"{USERS}/1")
    deleting = (
        f"DELETE {USERS}/{{id}}",
        "the role permission Administer Users or Own User is missing.",
    )
    reading = ("GET /api/v1/roles", "the role permission View Roles is missing.")
    told = [(item, why) for action, item, why in trail() if action == "REFUSED"]
    assert sorted(told) == [deleting, deleting, reading]
