"""Applications that sign in by themselves: rules, onboarding keys, accounts, revocation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.keys.store.sealed import BY_KIND
from chalicelib.web.errors import LOGIN_HELP
from tests import moto_cluster
from tests.access.conftest import Cluster, Time, client_of, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.conftest import forget

FAILED = {"error": "Login failed.", "error_description": LOGIN_HELP}
ACCOUNTS, RULES = "/api/v1/sdk-client-accounts", "/api/v1/sdk-client-rules"
CURRENT = "/api/v1/users/current"


def make_rule(cluster: Cluster, user_id: int = 1, name: str = "jobs") -> tuple[int, str]:
    """A rule, and its onboarding key."""
    admin = cluster.admin()
    answer = admin.post(RULES, {"name": name, "details": "of the night", "userId": user_id})
    assert answer.status == 200, answer.message
    id = answer.json["id"]
    return id, admin.get(f"{RULES}/{id}/onboarding-key").json


def onboard(cluster: Cluster, key: str, **more: Any) -> Answer:
    body = {"name": "batch", "description": "", "ruleName": "jobs", "onboardingKey": key}
    return cluster.client.post(ACCOUNTS, body | more)


def token(cluster: Cluster, account: dict[str, Any], secret: str = "") -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_id": f"sdk-client-{account['clientId']}",
        "client_secret": secret or account["clientSecret"],
    }
    return cluster.client.post("/oauth2/token", form=form)


@dataclass(frozen=True)
class Jobs:
    """A rule whose clients act as bob, and one account made by it."""

    bob: int
    password: str
    rule: int
    key: str
    account: dict[str, Any]


@pytest.fixture
def jobs(cluster: Cluster, time: Time) -> Jobs:
    made = moto_cluster.kept("bob's jobs", lambda: with_jobs(cluster))
    forget()
    cluster.client = client_of(time)
    return made


def with_jobs(cluster: Cluster) -> Jobs:
    bob, password = cluster.make_user("bob")
    rule, key = make_rule(cluster, bob)
    return Jobs(bob, password, rule, key, onboard(cluster, key).json)


def signed_in(cluster: Cluster, account: dict[str, Any]) -> Client:
    answer = token(cluster, account)
    assert answer.status == 200, answer.message
    return cluster.client.signed_in(answer.json["access_token"])


def test_an_application_onboards_itself_and_acts_as_the_rules_user(
    cluster: Cluster, jobs: Jobs
) -> None:
    client_id = str(uuid4())
    account = onboard(cluster, jobs.key, clientId=client_id.upper()).json
    assert account["clientId"] == client_id
    assert signed_in(cluster, account).get(CURRENT).json["userName"] == "bob"
    assert ("LOGIN", str(jobs.bob), f"SDK client {account['id']}") in trail()


def test_a_log_in_costs_four_calls(cluster: Cluster, jobs: Jobs, calls: Calls) -> None:
    signed_in(cluster, jobs.account)
    calls.clear()
    token(cluster, jobs.account)
    assert [one.operation for one in calls.seen] == [
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
        "TransactWriteItems",
    ]


def test_whatever_is_wrong_with_onboarding_is_refused_alike(cluster: Cluster, jobs: Jobs) -> None:
    key = jobs.key
    asked = [
        onboard(cluster, canary()),
        onboard(cluster, key, ruleName="none"),
        onboard(cluster, key, clientId=jobs.account["clientId"]),
        onboard(cluster, ""),
    ]
    assert len({(one.status, one.message) for one in asked}) == 1
    assert asked[0].json["errorCode"] == "API_AccessDenied"
    assert [one[0] for one in trail()].count("ONBOARDING FAILED") == len(asked)


def test_onboarding_is_throttled(cluster: Cluster) -> None:
    for _ in range(10):
        assert onboard(cluster, canary()).status == 400
    assert onboard(cluster, canary()).status == 429


def test_a_wrong_client_looks_like_any_failed_log_in(cluster: Cluster, jobs: Jobs) -> None:
    assert token(cluster, jobs.account, canary()).json == FAILED
    for client in (str(uuid4()), "x", ""):
        assert token(cluster, jobs.account | {"clientId": client}).json == FAILED


def test_revoking_ends_account_and_sessions_at_once(cluster: Cluster, jobs: Jobs) -> None:
    account, other = jobs.account, onboard(cluster, jobs.key).json
    client, second = signed_in(cluster, account), signed_in(cluster, other)
    issued = token(cluster, account).json
    admin = cluster.admin()
    listed = admin.get(ACCOUNTS, query={"filter.searchText": "BATCH"}).json
    assert {one["id"] for one in listed["records"]} == {account["id"], other["id"]}
    assert account["clientSecret"] not in str(listed)
    assert admin.post(f"{ACCOUNTS}/{account['id']}/revoke").json is True
    assert client.get(CURRENT).status == 401
    assert cluster.refresh(issued["refresh_token"]).json == FAILED
    assert token(cluster, account).json == FAILED
    assert second.get(CURRENT).status == 200
    assert admin.post(f"{ACCOUNTS}/{account['id']}/revoke").status == 404


def test_what_its_user_may_not_do_it_may_not(cluster: Cluster, jobs: Jobs) -> None:
    client = signed_in(cluster, jobs.account)
    assert client.get("/api/v1/users").json["errorCode"] == "API_AccessDenied"
    assert client.get("/api/v1/api-token/generate-token").json["errorCode"] == "API_AccessDenied"
    assert client.post("/api/v1/oauth-expiration").json is True
    assert client.get(CURRENT).status == 401


def test_a_disabled_user_has_no_applications(cluster: Cluster, jobs: Jobs) -> None:
    client = signed_in(cluster, jobs.account)
    cluster.admin().delete(f"/api/v1/users/{jobs.bob}")
    assert client.get(CURRENT).status == 401
    assert token(cluster, jobs.account).json == FAILED
    assert onboard(cluster, jobs.key).json["errorCode"] == "API_AccessDenied"


def test_a_user_who_must_have_a_second_factor_keeps_his_applications(
    cluster: Cluster, jobs: Jobs
) -> None:
    patch = {"data": {"oathTwoFactor": {"dirty": True, "value": True}}}
    cluster.admin().patch(f"/api/v1/users/{jobs.bob}", patch)
    assert signed_in(cluster, jobs.account).get("/api/v1/users/lookup").status == 200


def test_nobody_makes_a_rule_or_sees_a_key_beyond_his_rights(cluster: Cluster, jobs: Jobs) -> None:
    rule, _ = make_rule(cluster, name="of ada")
    admin = cluster.admin()
    permission = "Administer Create Application Accounts"
    role = admin.post("/api/v1/roles", {"name": "Applications"}).json["id"]
    admin.put(f"/api/v1/roles/{role}/permissions", {"permissions": [permission]})
    admin.post(f"/api/v1/users/{jobs.bob}/roles", {"roleIds": [role]})
    bob = cluster.client.login("bob", jobs.password)
    for answer in (
        bob.post(RULES, {"name": "mine", "userId": 1}),
        bob.get(f"{RULES}/{rule}/onboarding-key"),
    ):
        assert answer.json["errorCode"] == "API_AccessDenied"


def test_rules_are_named_once_and_removed_without_their_accounts(
    cluster: Cluster, jobs: Jobs
) -> None:
    rule, key = jobs.rule, jobs.key
    admin = cluster.admin()
    again = admin.post(RULES, {"name": "JOBS", "userId": 1})
    assert (again.status, again.json["errorCode"]) == (409, "API_Conflict")
    assert "userId" in admin.post(RULES, {"name": "other"}).message
    body = {"name": "other", "userId": 1, "requireOnboardingKey": False}
    assert "always" in admin.post(RULES, body).message
    assert admin.delete(f"{RULES}/{rule}").json["objectType"] == "SdkClientRule"
    assert onboard(cluster, key).json["errorCode"] == "API_AccessDenied"
    assert signed_in(cluster, jobs.account).get(CURRENT).status == 200
    assert admin.get(RULES).json["total"] == 0
    assert make_rule(cluster)[1] != key, "its name is free again"


def test_neither_key_nor_secret_lies_open_and_the_key_is_where_a_rotation_looks(
    jobs: Jobs,
) -> None:
    items = clients.client("dynamodb").scan(TableName=connection().data_table)["Items"]
    assert jobs.key not in str(items)
    assert jobs.account["clientSecret"] not in str(items)
    (row,) = [one for one in items if one["kind"]["S"] == "sdk-rule"]
    known = BY_KIND["sdk-rule"]
    place = known.place(row, row)
    assert wiring.keyring().open(row["sealed"]["B"], place).reveal() == jobs.key
