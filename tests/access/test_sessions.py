"""One's own sessions, and API tokens for applications: made, bounded, revoked."""

from __future__ import annotations

import pytest

from chalicelib.access.store.rows import ApiTokenRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.backup.settle import LEFT_OUT
from tests.access.conftest import Cluster, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Client

CURRENT, SESSIONS = "/api/v1/users/current", "/api/v1/users/sessions"
TOKENS = "/api/v1/api-token"
GENERATE = f"{TOKENS}/generate-token"


def generated(client: Client, query: str = "") -> Client:
    """A client with a new API token of that user."""
    answer = client.get(GENERATE + query)
    assert answer.status == 200, answer.message
    return client.signed_in(answer.json["generatedToken"]["value"])


# -- sessions


def test_a_user_sees_his_sessions_and_which_one_he_uses(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    form = {"grant_type": "password", "username": "bob", "password": password}
    browser = {"User-Agent": "Fire\tfox/150" + "x" * 300}
    token = cluster.client.post("/oauth2/token", form=form, headers=browser).json["access_token"]
    cluster.time.pass_by(seconds=5)
    bob = cluster.client.login("bob", password)
    second, first = bob.get(SESSIONS).json["records"]
    assert (second["current"], first["current"]) == (True, False)
    assert first["browser"].startswith("Firefox/150x") and len(first["browser"]) == 200
    assert first["ipAddress"] == bob.address
    assert token not in str(first)
    page = bob.get(SESSIONS, query={"take": 1}).json
    assert (page["total"], len(page["records"])) == (2, 1)


def test_he_ends_one_or_all_others_at_once(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    one, two, bob = (cluster.client.login("bob", password) for _ in range(3))
    listed = one.get(SESSIONS).json["records"]
    (mine,) = [record["userSessionId"] for record in listed if record["current"]]
    assert bob.post(f"{SESSIONS}/terminate", {"userSessionId": mine}).json["success"] is True
    assert (one.get(CURRENT).status, two.get(CURRENT).status) == (401, 200)
    assert bob.post(f"{SESSIONS}/terminate", {}).status == 200
    assert (two.get(CURRENT).status, bob.get(CURRENT).status) == (401, 200)
    assert bob.get(SESSIONS).json["total"] == 1


def test_nobody_ends_anothers_session(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    admin = cluster.admin()
    mine = next(one for one in admin.get(SESSIONS).json["records"] if one["current"])
    body = {"userSessionId": mine["userSessionId"]}
    assert cluster.client.login("bob", password).post(f"{SESSIONS}/terminate", body).status == 404
    assert admin.get(CURRENT).status == 200


def test_sessions_that_have_ended_are_not_listed(cluster: Cluster) -> None:
    cluster.admin()
    cluster.time.pass_by(hours=1)
    assert cluster.sign_in().get(SESSIONS).json["total"] == 1


# -- API tokens


def test_an_api_token_acts_for_its_user_until_it_ends_and_does_not_slide(
    cluster: Cluster, calls: Calls
) -> None:
    application = generated(cluster.admin(), "?name=backup%20job&days=2")
    cluster.time.pass_by(hours=47)
    assert application.get(CURRENT).json["userName"] == cluster.name
    calls.clear()
    assert application.get(f"{CURRENT}").status == 200
    assert "UpdateItem" not in [one.operation for one in calls.seen]
    cluster.time.pass_by(hours=1)
    assert application.get(CURRENT).status == 401


def test_it_has_at_most_the_rights_that_it_was_given(cluster: Cluster) -> None:
    application = generated(cluster.admin(), "?scope=View%20Users&scope=View%20Groups")
    assert application.get("/api/v1/users").status == 200
    refused = application.post("/api/v1/groups", {"name": "Staff"})
    assert refused.json["errorCode"] == "API_AccessDenied"
    names = [one["name"] for one in application.get(CURRENT).json["permissions"]]
    assert names == ["View Groups", "View Users"]


@pytest.mark.parametrize(
    ("query", "said"),
    [("?days=0", "days"), ("?days=366", "days"), ("?scope=Fly", "Fly"), ("?name=", "name"),
     ("?scope=Administer%20Users", "yourself")],
)  # fmt: skip
def test_a_token_that_makes_no_sense_is_refused(cluster: Cluster, query: str, said: str) -> None:
    client = cluster.admin()
    if said == "yourself":
        client = client.login("bob", cluster.make_user("bob")[1])
    answer = client.get(GENERATE + query)
    assert (answer.status, said in answer.message) == (400, True)


def test_it_is_listed_without_its_value_and_revoked_at_once(cluster: Cluster) -> None:
    admin = cluster.admin()
    application = generated(admin, "?name=ci&scope=View%20Users")
    (listed,) = admin.get(TOKENS).json["records"]
    assert (listed["name"], listed["scope"]) == ("ci", ["View Users"])
    assert application.token.rpartition(".")[2] not in str(listed)
    assert admin.delete(f"{TOKENS}/{listed['id']}").json["objectType"] == "ApiToken"
    assert application.get(CURRENT).status == 401
    assert admin.get(TOKENS).json["total"] == 0
    assert admin.delete(f"{TOKENS}/{listed['id']}").status == 404
    assert ("API TOKEN REVOKED", "1", "ci") in trail()


def test_an_application_makes_no_tokens_and_changes_no_way_in(cluster: Cluster) -> None:
    application = generated(cluster.admin())
    passwords = {"currentPassword": cluster.password, "newPassword": canary()}
    asked = [
        application.get(GENERATE),
        application.post(f"{CURRENT}/two-factor", {"password": cluster.password}),
        application.post("/api/v1/users/change-password", passwords),
        application.post(f"{SESSIONS}/terminate", {}),
    ]
    assert [one.json["errorCode"] for one in asked] == ["API_AccessDenied"] * len(asked)
    assert application.post("/api/v1/oauth-expiration").json is False
    assert application.get(CURRENT).status == 200


def test_it_ends_with_its_users_sessions(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    application = generated(cluster.client.login("bob", password))
    assert cluster.admin().post(f"/api/v1/users/{id}/lock-out", {}).status == 200
    assert application.get(CURRENT).status == 401


def test_only_its_hash_is_kept_and_backups_have_it(cluster: Cluster) -> None:
    application = generated(cluster.admin())
    rows = str(clients.client("dynamodb").scan(TableName=connection().data_table)["Items"])
    assert application.token.rpartition(".")[2] not in rows
    assert "api-token" not in LEFT_OUT
    assert not ApiTokenRow.REGIONAL
    refresh = {"grant_type": "refresh_token", "refresh_token": application.token}
    assert cluster.client.post("/oauth2/token", form=refresh).status == 400


def test_a_user_has_so_many_and_no_more(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.access.service.sessions.MOST_TOKENS", 1)
    admin = cluster.admin()
    generated(admin)
    assert admin.get(GENERATE).json["errorCode"] == "API_Conflict"
