"""Logging in, staying in, logging out: through HTTP, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.hashing import Argon2
from chalicelib.access.service.tokens import Issued
from chalicelib.access.store.rows import LoginRow, SessionRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.core.errors import LoginFailed
from chalicelib.core.plain import Plain
from tests.access.conftest import Cluster, trail
from tests.calls import Calls
from tests.canary import canary

FAILED = {"error": "Login failed."}
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


class Meanwhile:
    """A store that lets something else happen between its first read and the write after it."""

    def __init__(self, inner: Any, read: str, happens: Callable[[], object]) -> None:
        self._inner, self._read, self._happens = inner, read, happens

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._interrupted(found) if name == self._read else found

    def _interrupted(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*args: Any) -> Any:
            result = read(*args)
            happens, self._happens = self._happens, lambda: None
            happens()
            return result

        return reading


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


def test_five_failures_lock_new_log_ins_but_not_live_sessions(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    live = cluster.client.login("bob", password)
    for _ in range(5):
        assert cluster.token("bob", canary()).json == FAILED
        cluster.time.pass_by(seconds=10)
    assert cluster.token("bob", password).json == FAILED
    assert live.get(CURRENT).status == 200
    cluster.time.pass_by(minutes=14)
    assert cluster.token("bob", password).json == FAILED
    cluster.time.pass_by(minutes=1)
    assert cluster.token("bob", password).status == 200


def test_four_failures_and_a_success_begin_afresh(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    for _ in range(2):
        for _ in range(4):
            cluster.token("bob", canary())
        assert cluster.token("bob", password).status == 200


def test_the_last_administrator_is_delayed_and_never_locked(cluster: Cluster) -> None:
    for _ in range(8):
        cluster.token(cluster.name, canary())
    assert cluster.token(cluster.name, cluster.password).json == FAILED
    cluster.time.pass_by(seconds=31)
    assert cluster.token(cluster.name, cluster.password).status == 200


def test_others_cannot_hold_the_last_administrator_off(cluster: Cluster) -> None:
    for _ in range(8):
        cluster.token(cluster.name, canary())
    elsewhere = Cluster(
        cluster.time, type(cluster.client)(cluster.client.app, address="198.51.100.9")
    )
    assert elsewhere.token(cluster.name, cluster.password).status == 200


def test_an_administrator_who_is_not_the_last_is_locked(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    cluster.admin().post(f"/api/v1/users/{id}/roles", {"roleIds": [1]})
    for _ in range(5):
        cluster.token("bob", canary())
    cluster.time.pass_by(minutes=5)
    assert cluster.token("bob", password).json == FAILED
    for _ in range(8):
        cluster.token(cluster.name, canary())
    cluster.time.pass_by(seconds=31)
    assert cluster.token(cluster.name, cluster.password).status == 200, "now she is the last"


def test_too_many_attempts_are_throttled_before_any_password_is_looked_at(
    cluster: Cluster, calls: Calls
):
    for _ in range(20):
        assert cluster.token("someone", canary()).status == 400
    calls.clear()
    answer = cluster.token("someone", canary())
    assert answer.status == 429
    assert {one.operation for one in calls.seen} == {"UpdateItem"}
    cluster.time.pass_by(minutes=1)
    assert cluster.token("someone", canary()).status == 400


def test_what_was_typed_as_the_name_is_nowhere(cluster: Cluster) -> None:
    typed = canary()
    cluster.token(typed, canary())  # the fixture searches tables and logs for both
    assert ("LOGIN_FAILED", "unknown", "") in trail()


def test_unknown_users_cost_the_same_calls(cluster: Cluster, calls: Calls) -> None:
    cluster.make_user("bob")
    calls.clear()
    cluster.token("bob", canary())
    known = [one.operation for one in calls.seen]
    calls.clear()
    cluster.token("nobody", canary())
    assert [one.operation for one in calls.seen] == known


def test_log_ins_and_failures_are_audited(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    cluster.time.pass_by(seconds=1)
    cluster.token("bob", password)
    cluster.time.pass_by(seconds=1)
    cluster.token("bob", canary())
    assert trail()[-2:] == [("LOGIN", str(id), ""), ("LOGIN_FAILED", str(id), "wrong password")]


def test_without_an_audit_nobody_logs_in(cluster: Cluster) -> None:
    table = connection().audit_table
    token = cluster.token(cluster.name, cluster.password).json["access_token"]
    dynamodb = clients.client("dynamodb")
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    assert cluster.token(cluster.name, cluster.password).status == 503
    assert cluster.token(cluster.name, canary()).status == 503
    assert cluster.client.signed_in(token).get(CURRENT).status == 200


def test_an_outdated_hash_is_made_anew(cluster: Cluster) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=1024).hash(cluster.password)
    LoginRow("user#1", "login").update(actions=[LoginRow.password_hash.set(old)])
    assert cluster.token(cluster.name, cluster.password).status == 200
    assert "m=19456" in LoginRow.get("user#1", "login").password_hash
    assert cluster.token(cluster.name, cluster.password).status == 200


def log_in_while(cluster: Cluster, happens: Callable[[], object]) -> Issued:
    """A log-in with the right password while something else happens to the same user."""
    users = Meanwhile(wiring.tokens().users, "find_by_name", happens)
    service = replace(wiring.tokens(), users=users)
    password = Plain(cluster.password)
    return service.log_in(cluster.name, password, "192.0.2.1", cluster.time())


def test_several_log_ins_at_once_do_not_refuse_each_other(cluster: Cluster) -> None:
    others: list[Any] = []
    assert log_in_while(cluster, lambda: others.append(cluster.admin()))
    assert others


def test_a_failure_meanwhile_is_not_forgotten(cluster: Cluster) -> None:
    assert log_in_while(cluster, lambda: cluster.token(cluster.name, canary()))
    assert sum(action == "LOGIN_FAILED" for action, _, _ in trail()) == 1


def test_a_lock_meanwhile_keeps_the_right_password_out(cluster: Cluster) -> None:
    lockout = LoginRow.lock_reason.set("Other"), LoginRow.turn.add(1)
    with pytest.raises(LoginFailed):
        log_in_while(cluster, lambda: LoginRow("user#1", "login").update(actions=[*lockout]))


def test_a_new_password_meanwhile_keeps_the_old_one_out(cluster: Cluster) -> None:
    row = LoginRow.get("user#1", "login")
    new = LoginRow.password_hash.set(Argon2().hash(Plain(canary()))), LoginRow.turn.add(1)
    with pytest.raises(LoginFailed):
        log_in_while(cluster, lambda: row.update(actions=[*new]))
