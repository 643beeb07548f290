"""A cluster on moto whose keys are rotated: its worker, and processes with keys of any age.

Time is the test's. The bus is a list: a message whose worker died comes again after six minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws import envelope
from chalicelib.aws.bus import Outgoing
from chalicelib.aws.clients import client
from chalicelib.aws.commit import Committer, Put
from chalicelib.aws.connection import connection
from chalicelib.aws.keyring import Keyring, make_if_absent
from chalicelib.aws.table import DataRow
from chalicelib.core.clock import stamp
from chalicelib.core.errors import ConclaveError, Stale
from chalicelib.core.ids import fresh_id
from chalicelib.core.log import logger
from chalicelib.core.messages import Message
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import short
from chalicelib.keys.rotation import Rotation, Stage
from chalicelib.keys.service import KeyService, RotationService
from chalicelib.keys.service.ports import ROTATE
from chalicelib.keys.store import RingTable, RotationTable, SealedRows, WishTable
from chalicelib.rotation.change import PasswordChange
from chalicelib.rotation.store import RotationStore
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import first_state
from chalicelib.vault.definitions import AS_BUILT
from chalicelib.vault.secret import Secret
from chalicelib.vault.store import SecretStore, Values, nouns, states
from chalicelib.vault.store.rows import HistoryRow, history_key
from tests.calls import Killed, acted
from tests.canary import canary

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
VISIBILITY = timedelta(seconds=360)
TEMPLATE = 6007
SLICE = timedelta(seconds=40)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Line:
    """The bus: messages with the moment from which they can be taken."""

    clock: Clock
    waiting: list[tuple[datetime, Message]] = field(default_factory=list)

    def send(
        self, queue: str, messages: Sequence[Message], delay: timedelta = timedelta(0)
    ) -> None:
        assert queue == "key-rotation"
        self.waiting += [(self.clock() + delay, one) for one in messages]
        acted("message sent")

    def send_all(self, outgoing: Sequence[Outgoing]) -> None:
        for one in outgoing:
            self.send(one.queue, [one.message], one.delay)

    def take(self) -> Message | None:
        """The oldest that can be taken; time goes on to the next one if none can."""
        if not self.waiting:
            return None
        self.waiting.sort(key=lambda one: one[0])
        due, found = self.waiting.pop(0)
        self.clock.now = max(self.clock.now, due)
        return found


@dataclass
class Asker:
    user_id: int = 7
    address: str = "203.0.113.7"


@dataclass
class Process:
    """A process of a node: it keeps the keys for as long as processes do."""

    clock: Clock
    values: dict[int, str] = field(repr=False)
    slow: tuple[Any, int, str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.clock)
        self.vault = Values(self.keyring)

    def create(self, id: int) -> None:
        self.values[id] = canary()
        value = self.vault.seal(id, "password", 1, Plain(self.values[id]), self.clock())
        secret = Secret(
            id, f"host {id}", BUILT_IN[TEMPLATE], self.clock(), values={"password": value}
        )
        nouns.row_of(secret).save()
        states.state_row(first_state(secret, self.clock())).save()

    def update(self, id: int) -> None:
        """A new value; the old one goes into the history."""
        secret = self.read(id)
        former, fresh = secret.values["password"], canary()
        value = self.vault.seal(id, "password", former.version + 1, Plain(fresh), self.clock())
        HistoryRow(
            *history_key(id, "password", former.version),
            slug="password",
            value_version=former.version,
            at=stamp(former.at),
            until=stamp(self.clock()),
            sealed=former.sealed,
        ).save()
        nouns.row_of(replace(secret, values={"password": value})).save()
        self.values[id] = fresh

    def begin_rename(self, id: int) -> None:
        """Reads a secret, and writes it back later with the blobs that it had."""
        self.slow = (nouns.row_of(replace(self.read(id), name="renamed")), id, "")

    def end_rename(self) -> None:
        if self.slow:
            self.slow[0].save()
            self.slow = None

    def read(self, id: int) -> Secret:
        """A secret whose value is what was stored last."""
        secret = SecretStore(lambda: AS_BUILT).fetch([id])[id].secret
        opened = self.vault.open(id, secret.value_of("password"))
        assert opened.same(Plain(self.values[id]))
        return secret


@dataclass
class World:
    clock: Clock = field(default_factory=Clock)
    values: dict[int, str] = field(default_factory=dict, repr=False)
    candidates: dict[int, str] = field(default_factory=dict, repr=False)
    most: int = 100
    read_only: bool = False

    def __post_init__(self) -> None:
        self.line = Line(self.clock)
        self.restart()

    def restart(self) -> None:
        """A worker that knows nothing."""
        self.keyring = Keyring(self.clock)
        commit = Committer(self.keyring, self.line, self.clock, fresh_id)  # type: ignore[arg-type]
        self.commit = commit
        self.rotation = RotationService(
            store=RotationTable(),
            ring=RingTable(self.keyring),
            rows=SealedRows(self.keyring, self.most),
            commit=commit,
            outgoing=Outgoing,
            bus=self.line,
            read_only=lambda: self.read_only,
            ids=fresh_id,
            clock=self.clock,
            log=logger(),
        )
        self.keys = KeyService(
            WishTable(), RingTable(self.keyring), commit, Outgoing, short, fresh_id, self.clock
        )

    def commit_row(self, row: DataRow) -> None:
        self.commit([Put(row)])

    def process(self) -> Process:
        return Process(self.clock, self.values)

    def request(self) -> None:
        self.rotation.request(Asker(), self.clock())

    def newest(self) -> Rotation:
        found = RotationTable().newest()
        assert found is not None
        return found

    def step(self) -> bool:
        """Deliver one message as SQS does; false when there is none."""
        taken = self.line.take()
        if taken is None:
            return False
        try:
            acted("message taken")
            if taken.kind == ROTATE:
                self.rotation.run(str(taken.body["rotation"]), self.clock(), self.clock() + SLICE)
            else:
                self.keys.tend()
        except Stale:
            return True
        except (ConclaveError, Killed):
            self.line.waiting.append((self.clock() + VISIBILITY, taken))
            raise
        return True

    def finish(self, most: int = 60) -> Rotation:
        """Deliver messages until the rotation is over."""
        for _ in range(most):
            if self.newest().is_over:
                return self.newest()
            assert self.step(), "no message is on its way and the rotation is not over"
        raise AssertionError("the rotation does not end")

    def keep_candidate(self, id: int) -> None:
        """A password change under way, whose candidate may be in force."""
        store, now = RotationStore(self.keyring), self.clock()
        self.candidates[id] = canary()
        one = store.seal(Plain(self.candidates[id]), f"change-{id}", 1)
        change = PasswordChange(f"change-{id}", id, (one,), now, now)
        self.commit([store.save_change(change)])

    def open_everything(self) -> None:
        """Every value, former value and candidate opens in a process that starts now."""
        fresh = self.process()
        for id in self.values:
            fresh.read(id)
            for value, _ in SecretStore(lambda: AS_BUILT).history(id, "password"):
                assert fresh.vault.open(id, value)
        store = RotationStore(fresh.keyring)
        found = store.find(secret_ids=list(self.candidates)).changes
        for id, candidate in self.candidates.items():
            assert store.open(found[id], 1).same(Plain(candidate))


def make(secrets: int = 3, most: int = 100) -> World:
    """A founded cluster with secrets, each with a former value, and a candidate."""
    world = World(most=most)
    make_if_absent("c" * 32, world.clock)
    for id in range(1, secrets + 1):
        process = world.process()
        process.create(id)
        if id % 2:
            process.update(id)
    world.keep_candidate(1)
    return world


def blobs_by_key() -> dict[int, int]:
    """How many blobs each data key has sealed, found without the table of sealed rows."""
    found: dict[int, int] = {}
    for page in (
        client("dynamodb").get_paginator("scan").paginate(TableName=connection().data_table)
    ):
        for row in page["Items"]:
            for blob in _blobs({"M": row}):
                found[blob] = found.get(blob, 0) + 1
    return found


def _blobs(value: Any, name: str = "") -> Iterator[int]:
    ((kind, held),) = value.items()
    if kind == "B" and name == "sealed":
        yield envelope.key_id_of(bytes(held))
    elif kind == "M":
        for key, one in held.items():
            yield from _blobs(one, key)
    elif kind == "L":
        for one in held:
            yield from _blobs(one, name)


__all__ = ["Asker", "Stage", "World", "blobs_by_key", "make"]
