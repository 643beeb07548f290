"""A set-up cluster on moto with its first administrator, on a clock that stands still."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice

from chalicelib import wiring
from chalicelib.access import routes
from chalicelib.access.store.rows import SETUP, SetupRow
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.clock import stamp
from chalicelib.core.log import logger
from chalicelib.web.endpoint import ENDPOINTS
from chalicelib.web.match import Router
from chalicelib.web.mount import mount
from chalicelib.web.pipeline import Pipeline
from tests import moto_cluster
from tests.canary import canary
from tests.client import Client
from tests.conftest import forget

__all__ = ["routes"]


@dataclass
class Time:
    """A clock that stands still until told."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Cluster:
    """What a test drives: clients, and what lies behind them."""

    time: Time
    client: Client
    name: str = "ada"
    password: str = field(default_factory=canary, repr=False)
    signed_in: str = field(default="", repr=False)

    def admin(self) -> Client:
        """The administrator: in the session that he has, then in new ones."""
        token, self.signed_in = self.signed_in, ""
        return self.client.signed_in(token) if token else self.sign_in()

    def sign_in(self) -> Client:
        """The administrator, in a session that begins now."""
        return self.client.login(self.name, self.password)

    def token(self, name: str, password: str, **options: Any) -> Any:
        form = {"grant_type": "password", "username": name, "password": password}
        return self.client.post("/oauth2/token", form=form, **options)

    def refresh(self, token: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.client.post("/oauth2/token", form=form)

    def make_user(self, name: str = "bob") -> tuple[int, str]:
        """A user with the role User: his id and password."""
        password = canary()
        body = {"userName": name, "displayName": name.title(), "password": password}
        answer = self.admin().post("/api/v1/users", body)
        assert answer.status == 200, answer.message
        return answer.json["id"], password


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


def write_code(code: str, ends: datetime) -> None:
    digest = hashlib.sha256(code.encode()).hexdigest()
    SetupRow(*SETUP, code_hash=digest, expires_at=stamp(ends)).save()


def trail() -> list[tuple[str, str, str]]:
    """The audit so far, oldest first: action, item, detail."""
    rows = sorted(AuditRow.scan(), key=lambda row: row.sk)
    return [(row.action, row.item, row.detail or "") for row in rows]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def bare(aws: None, time: Time) -> Cluster:
    """A cluster with keys and gate, and nobody in it."""
    _found(time)
    return Cluster(time, client_of(time))


@pytest.fixture
def cluster(aws: None, time: Time) -> Cluster:
    """A cluster whose first administrator is `ada`, who has signed in."""
    made = moto_cluster.kept("ada's cluster", _set_up)
    forget()
    time.now = made.time.now
    return replace(made, time=time, client=client_of(time))


def _found(time: Time) -> None:
    keyring.make_if_absent("c1", time)
    wiring.committer()([Gates().found(Gate(cluster_id="c1", nodes={"node-a": FIRST}))])


def client_of(time: Time) -> Client:
    noted = wiring.refused_requests().note
    pipeline = Pipeline(Router(ENDPOINTS), wiring.door(), time, logger(), noted=noted)
    return Client(mount(Chalice("conclave"), pipeline.answer))


def _set_up() -> Cluster:
    time = Time()
    _found(time)
    made, code = Cluster(time, client_of(time)), secrets.token_hex(16)
    write_code(code, time() + timedelta(hours=24))
    body = {"code": code, "userName": made.name, "password": made.password}
    answer = made.client.post("/api/v1/setup", body)
    assert answer.status == 200, answer.message
    return replace(made, signed_in=made.sign_in().token)
