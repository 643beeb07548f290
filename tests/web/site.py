"""A small app for the tests of the web: its own table, a door with two users, one node's gate."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from chalice.app import Chalice

from chalicelib.access.principal import Principal
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.ids import fresh_id
from chalicelib.web.address import Network
from chalicelib.web.endpoint import Key, Table
from chalicelib.web.match import Router
from chalicelib.web.mount import mount
from chalicelib.web.pipeline import Pipeline
from chalicelib.web.request import Request
from tests.client import Client

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
PROXIES: tuple[Network, ...] = (ip_network("10.0.0.0/8"),)


@dataclass(frozen=True, slots=True)
class FakeGate:
    in_cluster: bool = True
    maintenance: bool = False
    replica: bool = False
    outside: str = ""
    why_view_only: str = ""
    until: str = ""

    def view_only(self, _now: datetime) -> str:
        return self.why_view_only

    def unlimited(self, _now: datetime) -> str:
        return self.until


@dataclass(frozen=True, slots=True)
class Entry:
    principal: Principal
    gate: FakeGate
    rows: Mapping[tuple[str, str], Any]


@dataclass(slots=True)
class FakeDoor:
    """Opens for the tokens it was given; counts how often each kind of read was made."""

    principals: Mapping[str, Principal]
    state: FakeGate = field(default_factory=FakeGate)
    stored: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def authenticate(self, token: str, extra: Sequence[Key], now: datetime, address: str) -> Entry:
        self.reads.append("session")
        if token not in self.principals:
            raise Unauthenticated
        found = {(pk, sk): self.stored[pk, sk] for _, pk, sk in extra if (pk, sk) in self.stored}
        return Entry(replace(self.principals[token], address=address), self.state, found)

    def gate(self) -> FakeGate:
        self.reads.append("gate")
        return self.state


@dataclass(slots=True)
class Site:
    """The app, its door, a token that may see nodes and one that may not."""

    table: Table = field(default_factory=Table)
    reader: str = field(default_factory=fresh_id)
    nobody: str = field(default_factory=fresh_id)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("tests.web.site"))
    noted: list[tuple[int, str, str]] = field(default_factory=list)
    door: FakeDoor = field(init=False)

    def __post_init__(self) -> None:
        reader = Principal(1, "reader", "The Reader", frozenset({"View Nodes"}))
        nobody = Principal(2, "nobody", "Nobody", frozenset())
        self.door = FakeDoor({self.reader: reader, self.nobody: nobody})

    def app(self) -> Chalice:
        return mount(Chalice("site", configure_logs=False, env={}), self.answer)

    def client(self) -> Client:
        """A client that is signed in as the reader. The paths of these tests are made up."""
        return Client(self.app(), self.reader)

    def answer(self, request: Request) -> Any:
        def note(who: Principal, operation: str, why: str, _now: datetime) -> None:
            self.noted.append((who.user_id, operation, why))

        pipeline = Pipeline(
            Router(self.table), self.door, lambda: NOON, self.log, lambda: PROXIES, noted=note
        )
        return pipeline.answer(request)
