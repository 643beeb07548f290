"""What only a real PostgreSQL server can show: TLS, other ways to log in, its error codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.changers.postgresql import quoted
from chalicelib.changers.target import Login, Outcome, PinMismatch, Refused, Target
from chalicelib.core.plain import Plain
from tests.canary import canary, is_in
from tests.targets.postgresql import PostgresServer

from .stages import PostgresStage


@pytest.fixture
def scene(postgres_server: PostgresServer) -> PostgresStage:
    return PostgresStage(postgres_server)


@contextmanager
def without_tls(server: PostgresServer) -> Iterator[None]:
    server.reload("ssl=off")
    try:
        yield
    finally:
        server.reload("ssl=on")


def test_a_host_that_drops_tls_gets_no_password(scene: PostgresStage) -> None:
    password = Plain(canary())
    login = Login(scene.account(password), password)
    pin = scene.changer.verify(scene.target(), login).pin
    assert pin
    with without_tls(scene.server):
        assert scene.changer.verify(scene.target(pin), login).outcome is Outcome.PIN_MISMATCH
        with pytest.raises(PinMismatch):
            scene.changer.change(scene.target(pin), login, Plain(canary()))
        checked = scene.changer.verify(scene.target(), login)
        assert (checked.outcome, checked.pin) == (Outcome.SUCCESS, None)


@pytest.mark.parametrize("name", ["all_in_clear", "all_in_md5"])
def test_without_tls_a_password_goes_by_scram_or_not_at_all(
    name: str, scene: PostgresStage
) -> None:
    password = Plain(canary())
    scene.server.add_role(name, password)
    scene.server.store_md5(name, password)
    login = Login(name, password)
    assert scene.changer.verify(scene.target(), login).outcome is Outcome.SUCCESS
    with without_tls(scene.server):
        assert scene.changer.verify(scene.target(), login).outcome is Outcome.INCOMPATIBLE


def test_the_statement_in_the_log_holds_a_verifier(scene: PostgresStage) -> None:
    old, new = Plain(canary()), Plain(canary())
    name = scene.account(old)
    scene.changer.change(scene.target(), Login(name, old), new)
    log = scene.server.log
    assert "PASSWORD 'SCRAM-SHA-256$4096:" in log
    assert not is_in(log)


def test_a_password_with_quotes_and_letters_beyond_ascii_is_taken(scene: PostgresStage) -> None:
    old, new = Plain(canary()), Plain(f"a'b\"c\\ é Å 漢 $1 %s {canary()}")
    name = scene.account(old)
    scene.changer.change(scene.target(), Login(name, old), new)
    assert scene.opens(name, new)


def test_a_role_that_may_create_roles_is_privileged_enough(scene: PostgresStage) -> None:
    master, new = Plain(canary()), Plain(canary())
    helper, name = scene.account(master), scene.account(Plain(canary()))
    scene.server.run(f"ALTER ROLE {quoted(helper)} CREATEROLE")
    scene.server.run(f"GRANT {quoted(name)} TO {quoted(helper)} WITH ADMIN OPTION")
    login = Login(name, Plain(canary()))
    scene.changer.change(scene.target(), login, new, Login(helper, master))
    assert scene.opens(name, new)


def test_an_unknown_database_is_no_fault_of_the_password(scene: PostgresStage) -> None:
    password = Plain(canary())
    name = scene.account(password)
    target = Target("127.0.0.1", scene.server.port, "no such database")
    assert scene.changer.verify(target, Login(name, password)).outcome is Outcome.ARGUMENT


def test_a_role_that_may_not_log_in_is_denied(scene: PostgresStage) -> None:
    password = Plain(canary())
    name = scene.account(password)
    scene.server.run(f"ALTER ROLE {quoted(name)} NOLOGIN")
    assert scene.changer.verify(scene.target(), Login(name, password)).outcome is Outcome.DENIED


def test_a_role_that_is_not_there_cannot_be_changed(scene: PostgresStage) -> None:
    with pytest.raises(Refused) as refused:
        scene.changer.change(
            scene.target(), Login("nobody", Plain(canary())), Plain(canary()), scene.administrator()
        )
    assert not refused.value.policy
