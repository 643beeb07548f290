"""Guessing passwords: lockout, throttling, and what the audit says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access import hashing
from chalicelib.access.hashing import Argon2
from chalicelib.access.service.entry import Attempt, Issued
from chalicelib.access.store.rows import LoginRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.core.errors import LoginFailed
from chalicelib.core.plain import Plain
from chalicelib.web.errors import LOGIN_HELP
from tests.access.conftest import Cluster, Meanwhile, trail
from tests.calls import Calls
from tests.canary import canary

FAILED = {"error": "Login failed.", "error_description": LOGIN_HELP}
CURRENT = "/api/v1/users/current"


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
) -> None:
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
    rows = str(clients.client("dynamodb").scan(TableName=connection().data_table)["Items"])
    assert hashlib.sha256(typed.encode()).hexdigest()[:16] not in rows, "nor can it be guessed"
    assert ("LOGIN_FAILED", "unknown", "") in trail()


def test_unknown_users_cost_the_same_calls(cluster: Cluster, calls: Calls) -> None:
    cluster.make_user("bob")
    cluster.sign_in()  # what a process reads once, it has read
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
    assert f"m={hashing.MEMORY_KIB}," in LoginRow.get("user#1", "login").password_hash
    assert cluster.token(cluster.name, cluster.password).status == 200


def log_in_while(cluster: Cluster, happens: Callable[[], object]) -> Issued:
    """A log-in with the right password while something else happens to the same user."""
    users = Meanwhile(wiring.tokens().users, "find_at_the_door", happens)
    service = replace(wiring.tokens(), users=users)
    attempt = Attempt(cluster.name, Plain(cluster.password), "192.0.2.1")
    return service.log_in(attempt, cluster.time())


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
