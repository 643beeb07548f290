"""Site Local gives a target as much time as its node is told."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from chalicelib import wiring
from chalicelib.changers.target import Login, Outcome, Target
from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from tests.canary import canary


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NODE", "node-a")
    wiring.local_worker.cache_clear()
    yield
    wiring.local_worker.cache_clear()


@pytest.mark.parametrize("told", ["0", "61", "long", "1.5"])
def test_what_cannot_be_is_said(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_PATIENCE", told)
    with pytest.raises(Invalid, match="1 to 60 seconds"):
        wiring.local_worker()


def test_a_silent_target_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_PATIENCE", "2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target("127.0.0.1", silent.getsockname()[1])
        began = time.monotonic()
        changer = wiring.local_worker().changer_of("unix_ssh")
        checked = changer.verify(target, Login("ada", Plain(canary())))
        assert checked.outcome is Outcome.UNREACHABLE
        assert time.monotonic() - began < 8
