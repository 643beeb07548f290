"""Hosts that fall silent, cut the line or speak something else: each step ends in its time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import asyncssh
import pytest

from chalicelib.changers.registry import find
from chalicelib.changers.target import (
    Changer,
    Limits,
    Login,
    NotBegun,
    Outcome,
    Refused,
    Target,
    Uncertain,
    Unreachable,
)
from chalicelib.core.plain import Plain
from tests.canary import canary

from .ssh_host import Host, Script, asking, scripted, silence

SHORT = Limits(*[timedelta(seconds=1)] * 3)
CHANGERS: dict[str, Changer] = {name: find(name, SHORT) for name in ("unix_ssh", "postgresql")}


async def cut(process: asyncssh.SSHServerProcess[str]) -> None:
    process.channel.get_connection().abort()


async def success(process: asyncssh.SSHServerProcess[str]) -> None:
    process.exit(0)


async def failure(process: asyncssh.SSHServerProcess[str]) -> None:
    process.exit(7)


ALL = ("Current password: ", "New password: ", "Retype new password: ")


def change(host: Host) -> None:
    login = Login("ada", host.password)
    CHANGERS["unix_ssh"].change(Target("127.0.0.1", host.port), login, Plain(canary()))


@pytest.mark.parametrize(
    ("prompts", "then", "error"),
    [
        ((), cut, Unreachable),
        ((), silence, Unreachable),
        ((), success, Refused),
        (ALL[:2], cut, Unreachable),
        (ALL[:2], silence, Unreachable),
        (ALL, cut, Uncertain),
        (ALL, silence, Uncertain),
        (ALL, failure, Uncertain),
    ],
)
def test_where_the_line_is_cut_decides_what_is_known(
    prompts: tuple[str, ...], then: Script, error: type[Exception]
) -> None:
    with scripted(Plain(canary()), asking(*prompts, then=then)) as host:
        started = time.monotonic()
        with pytest.raises(error):
            change(host)
        assert time.monotonic() - started < 8
        assert host.tries == 1


def test_no_password_is_ever_part_of_a_command() -> None:
    with scripted(Plain(canary()), asking(*ALL, then=success)) as host:
        change(host)
        assert host.commands == ["env LC_ALL=C passwd"]


@pytest.mark.parametrize(
    ("banner", "outcome"),
    [
        ("The account is locked due to 3 failed logins.", Outcome.LOCKED_OUT),
        ("Your account has expired; please contact your administrator.", Outcome.DENIED),
        ("Access is for friends only.", Outcome.FAILED),
    ],
)
def test_what_a_host_says_about_the_account_is_heard(banner: str, outcome: Outcome) -> None:
    with scripted(Plain(canary()), success) as host:
        host.banner = banner
        target = Target("127.0.0.1", host.port)
        wrong = Login("ada", Plain(canary()))
        assert CHANGERS["unix_ssh"].verify(target, wrong).outcome is outcome
        assert host.tries == 1


@pytest.mark.parametrize(
    ("questions", "tries", "outcome"),
    [
        (("Password: ",), 1, Outcome.SUCCESS),
        (("Password: ", "Verification code: "), 1, Outcome.INCOMPATIBLE),
        (("Verification code: ",), 0, Outcome.INCOMPATIBLE),
    ],
)
def test_a_host_that_wants_a_second_factor_is_not_taken_for_a_refusal(
    questions: tuple[str, ...], tries: int, outcome: Outcome
) -> None:
    with scripted(Plain(canary()), success) as host:
        host.questions = questions
        target = Target("127.0.0.1", host.port)
        checked = CHANGERS["unix_ssh"].verify(target, Login("ada", host.password))
        assert (checked.outcome, host.tries) == (outcome, tries)


def test_a_login_has_its_own_time_whatever_the_line_took() -> None:
    limits = Limits(timedelta(seconds=1), timedelta(seconds=20), timedelta(seconds=20))
    with scripted(Plain(canary()), success) as host:
        host.slow = 2.0
        target = Target("127.0.0.1", host.port)
        checked = find("unix_ssh", limits).verify(target, Login("ada", host.password))
        assert checked.outcome is Outcome.SUCCESS


def test_a_login_that_takes_too_long_says_nothing_about_the_password() -> None:
    with scripted(Plain(canary()), success) as host:
        host.slow = 5.0
        target = Target("127.0.0.1", host.port)
        checked = CHANGERS["unix_ssh"].verify(target, Login("ada", host.password))
        assert (checked.outcome, host.tries) == (Outcome.UNREACHABLE, 0)


def test_root_types_nothing_but_the_new_password() -> None:
    with scripted(Plain(canary()), asking(*ALL[1:], then=success)) as host:
        target, login = Target("127.0.0.1", host.port), Login("ada", Plain(canary()))
        root = Login("root", host.password)
        CHANGERS["unix_ssh"].change(target, login, Plain(canary()), root)
        assert host.commands == ["env LC_ALL=C passwd ada"]


@contextmanager
def answering(first: bytes) -> Iterator[int]:
    """A listener that says one thing and then nothing; its port."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                held.append(line)
                if first:
                    line.sendall(first)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for line in held:
        line.close()


@pytest.mark.parametrize("kind", CHANGERS)
def test_a_host_that_says_nothing_is_out_of_reach_in_time(kind: str) -> None:
    login = Login("ada", Plain(canary()))
    with answering(b"") as port:
        started = time.monotonic()
        checked = CHANGERS[kind].verify(Target("127.0.0.1", port), login)
        assert checked.outcome is Outcome.UNREACHABLE
        with pytest.raises(Unreachable):
            CHANGERS[kind].change(Target("127.0.0.1", port), login, Plain(canary()))
        assert time.monotonic() - started < 8


@pytest.mark.parametrize("kind", CHANGERS)
def test_a_host_that_speaks_something_else_is_incompatible(kind: str) -> None:
    login = Login("ada", Plain(canary()))
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50) as port:
        checked = CHANGERS[kind].verify(Target("127.0.0.1", port), login)
        assert checked.outcome in (Outcome.INCOMPATIBLE, Outcome.UNREACHABLE)
        with pytest.raises(NotBegun):
            CHANGERS[kind].change(Target("127.0.0.1", port), login, Plain(canary()))


@pytest.mark.parametrize("kind", CHANGERS)
def test_a_name_that_nobody_has_is_out_of_reach(kind: str) -> None:
    login = Login("ada", Plain(canary()))
    for machine in ("no-such-host.invalid", "a" * 300, "\x00"):
        outcome = CHANGERS[kind].verify(Target(machine, 1), login).outcome
        assert outcome in (Outcome.UNREACHABLE, Outcome.ARGUMENT)
