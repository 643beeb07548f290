"""Logging in, staying in, logging out: through HTTP, on a real store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.store.rows import LoginRow, SessionRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.core.errors import LoginFailed
from chalicelib.core.plain import Plain
from chalicelib.web.errors import LOGIN_HELP
from tests.access.conftest import Cluster, Meanwhile, trail
from tests.calls import Calls

FAILED = {"error": "Login failed.", "error_description": LOGIN_HELP}
CURRENT = "/api/v1/users/current"


def test_a_password_buys_a_token_that_says_less_than_it_lives(cluster: Cluster) -> None:
    answer = cluster.token(cluster.name, cluster.password)
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 900
    client = cluster.client.signed_in(answer.json["access_token"])
    cluster.time.pass_by(seconds=1199)
    assert client.get(CURRENT).json["userName"] == cluster.name


def test_the_form_is_read_whatever_the_content_type_says(cluster: Cluster) -> None:
    form = f"grant_type=password&username={cluster.name}&password={cluster.password}"
    answer = cluster.client.post("/oauth2/token", content=form.replace("!", "%21").encode())
    assert answer.status == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password"},
        {"grant_type": "password", "username": "ada", "password": "wrong"},
        {"grant_type": "password", "username": "nobody", "password": "wrong"},
        {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
        {"grant_type": "refresh_token", "refresh_token": "1.x.y"},
        {"grant_type": "refresh_token"},
        {"grant_type": "nonsense"},
    ],
)
def test_every_failure_looks_the_same(cluster: Cluster, form: dict[str, str]) -> None:
    answer = cluster.client.post("/oauth2/token", form=form)
    assert (answer.status, answer.json) == (400, FAILED)


def test_there_are_no_other_domains(cluster: Cluster) -> None:
    form = {"grant_type": "password", "username": cluster.name, "password": cluster.password}
    assert cluster.client.post("/oauth2/token", form=form | {"domain": "corp"}).json == FAILED
    assert cluster.client.post("/oauth2/token", form=form | {"domain": "Local"}).status == 200


def test_names_are_the_same_in_any_case(cluster: Cluster) -> None:
    assert cluster.token(cluster.name.upper() + " ", cluster.password).status == 200


@pytest.mark.parametrize("token", ["", "x", f"1.{'a' * 32}.{'b' * 64}", f"9.{'a' * 32}.{'b' * 64}"])
def test_a_bad_token_is_401(cluster: Cluster, token: str) -> None:
    answer = cluster.client.signed_in(token).get(CURRENT)
    assert answer.status == 401
    assert "expired token" in answer.message


def test_a_token_ends_twenty_minutes_after_its_last_use(cluster: Cluster) -> None:
    client = cluster.admin()
    for _ in range(5):
        cluster.time.pass_by(minutes=19)
        assert client.get(CURRENT).status == 200
    cluster.time.pass_by(minutes=20)
    assert client.get(CURRENT).status == 401


def test_a_warm_request_reads_once(cluster: Cluster, calls: Calls) -> None:
    token = cluster.token(cluster.name, cluster.password).json["access_token"]
    authenticate(token, cluster)
    calls.clear()
    authenticate(token, cluster)
    assert [one.operation for one in calls.seen] == ["BatchGetItem"]


def test_sliding_costs_one_call_a_minute(cluster: Cluster, calls: Calls) -> None:
    token = cluster.token(cluster.name, cluster.password).json["access_token"]
    authenticate(token, cluster)
    cluster.time.pass_by(seconds=60)
    calls.clear()
    authenticate(token, cluster)
    authenticate(token, cluster)
    assert [one.operation for one in calls.seen] == ["BatchGetItem", "UpdateItem", "BatchGetItem"]


def test_the_rows_a_path_names_come_with_the_same_read(cluster: Cluster, calls: Calls) -> None:
    token = cluster.token(cluster.name, cluster.password).json["access_token"]
    authenticate(token, cluster)
    calls.clear()
    keys = [(LoginRow, "user#1", "login"), (LoginRow, "user#1", "principal"), (None, "no", "row")]
    found = wiring.door().authenticate(token, keys, cluster.time(), "")
    assert ("user#1", "login") in found.rows
    assert ("user#1", "principal") in found.rows
    assert ("no", "row") not in found.rows
    assert len(calls.seen) == 1


def authenticate(token: str, cluster: Cluster) -> Any:
    return wiring.door().authenticate(token, [], cluster.time(), "192.0.2.1")


def test_logging_out_ends_the_token_at_once(cluster: Cluster) -> None:
    issued = cluster.token(cluster.name, cluster.password).json
    client = cluster.client.signed_in(issued["access_token"])
    assert client.post("/api/v1/oauth-expiration").json is True
    assert client.get(CURRENT).status == 401
    assert cluster.refresh(issued["refresh_token"]).json == FAILED
    assert ("LOGOUT", "1", "") in trail()


def test_a_refresh_token_works_once_and_gives_the_next(cluster: Cluster) -> None:
    first = cluster.token(cluster.name, cluster.password).json
    cluster.time.pass_by(minutes=25)
    assert cluster.client.signed_in(first["access_token"]).get(CURRENT).status == 401
    second = cluster.refresh(first["refresh_token"]).json
    third = cluster.refresh(second["refresh_token"]).json
    assert cluster.client.signed_in(third["access_token"]).get(CURRENT).status == 200


def test_reuse_of_an_old_refresh_token_ends_the_family(cluster: Cluster) -> None:
    first = cluster.token(cluster.name, cluster.password).json
    second = cluster.refresh(first["refresh_token"]).json
    assert cluster.refresh(first["refresh_token"]).json == FAILED
    assert cluster.refresh(second["refresh_token"]).json == FAILED
    assert cluster.client.signed_in(second["access_token"]).get(CURRENT).status == 401
    assert any(action == "SESSION_ENDED" for action, _, _ in trail())


def test_a_made_up_refresh_token_ends_nothing(cluster: Cluster) -> None:
    issued = cluster.token(cluster.name, cluster.password).json
    user, session, _ = issued["refresh_token"].split(".")
    assert cluster.refresh(f"{user}.{session}.{'0' * 64}").json == FAILED
    assert cluster.client.signed_in(issued["access_token"]).get(CURRENT).status == 200


def test_an_access_token_does_not_refresh(cluster: Cluster) -> None:
    issued = cluster.token(cluster.name, cluster.password).json
    assert cluster.refresh(issued["access_token"]).json == FAILED
    assert cluster.client.signed_in(issued["refresh_token"]).get(CURRENT).status == 401


def test_of_two_refreshes_at_once_one_works_and_the_family_ends(cluster: Cluster) -> None:
    token = cluster.token(cluster.name, cluster.password).json["refresh_token"]
    first: list[Any] = []
    sessions = Meanwhile(
        wiring.tokens().sessions, "read", lambda: first.append(cluster.refresh(token))
    )
    second = replace(wiring.tokens(), sessions=sessions)
    with pytest.raises(LoginFailed):
        second.refresh(Plain(token), "192.0.2.1", cluster.time())
    assert first[0].status == 200
    client = cluster.client.signed_in(first[0].json["access_token"])
    assert client.get(CURRENT).status == 401


def test_no_token_lies_in_the_table(cluster: Cluster) -> None:
    issued = cluster.token(cluster.name, cluster.password).json
    _, session, random = issued["access_token"].split(".")
    table = connection().data_table
    rows = str(clients.client("dynamodb").scan(TableName=table)["Items"])
    assert session in rows
    assert random not in rows
    assert issued["refresh_token"].rpartition(".")[2] not in rows
    assert SessionRow.get(f"session#{session}", "session").ttl > cluster.time().timestamp()
