"""A small cluster on moto with one secret on one target, and everybody who works on it.

Time is the test's. Each actor acts when `round` says so; what dies in the middle acts again in the
next round, as SQS and the schedules would make it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.aws.bus import Bus, Outgoing
from chalicelib.aws.clients import client
from chalicelib.aws.commit import Committer
from chalicelib.aws.connection import connection
from chalicelib.aws.keyring import Keyring, make_if_absent
from chalicelib.aws.table import DataRow
from chalicelib.changers.memory import Fault, Memory, MemoryHost
from chalicelib.changers.target import Login, Outcome, Target
from chalicelib.changers.work import Answer, perform
from chalicelib.changers.work import decode as decode_work
from chalicelib.core import sealing
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import ConclaveError
from chalicelib.core.ids import fresh_id
from chalicelib.core.messages import Message, Ref, decode, message
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import Signer, Statement
from chalicelib.core.tick import Tally
from chalicelib.events.service import OutboxService
from chalicelib.events.store import Outbox
from chalicelib.rotation.change import PasswordChange
from chalicelib.rotation.item import terms_of
from chalicelib.rotation.service import EngineWork, LocalWorker, Ports, Rotation, rotation
from chalicelib.rotation.service.engines import Handed
from chalicelib.rotation.store import RotationStore
from chalicelib.rotation.targets import LocalTargets
from chalicelib.settings.settings import Settings
from chalicelib.sites.engine import Activation, Engine
from chalicelib.sites.engines import EngineService
from chalicelib.sites.engines import Said as Signed
from chalicelib.sites.service import SiteService
from chalicelib.sites.store import EngineStore, SiteStore
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.definitions import AS_BUILT
from chalicelib.vault.secret import Secret, Stored, Switches
from chalicelib.vault.service import Watching, WorkService
from chalicelib.vault.state import SecretState, Where
from chalicelib.vault.store import ScriptStore, SecretStore, Values, nouns, states
from chalicelib.vault.templates import UNIX_ACCOUNT_SSH
from tests import leftovers, moto_cluster, moto_speed
from tests.calls import acted
from tests.canary import canary
from tests.conftest import forget

moto_speed.quicken()

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SITE = 7
MACHINE, USER, SECRET = "host-1", "app", 12
WAITING = {"i1": "due#", "i2": "due#", "i3": "lease#"}
"""The partitions of the indexes, as they begin, where something waits for its moment."""


class Dead(Exception):
    """An engine's process ended before it answered."""


class WatchedHost(MemoryHost):
    """A target that tells whoever watches of each thing that was done to it."""

    def log_in(self, login: Login) -> Outcome:
        outcome = super().log_in(login)
        acted("login")
        return outcome

    def take_fault(self, among: frozenset[Fault]) -> Fault | None:
        fault = super().take_fault(among)
        if fault is not None:
            acted(f"fault {fault.name}")
        return fault

    def store(self, username: str, new: Plain) -> None:
        super().store(username, new)
        acted("password changed")


@dataclass
class EngineProgram:
    """One engine: its keys, and what it does between a message and its answer."""

    id: int
    signer: Signer
    opener: Opener
    before_answer: Callable[[], None] = lambda: None

    def signed(self, statement: Statement) -> Signed:
        return Signed(self.id, statement, self.signer.sign(statement))

    def asking(self, item: str, now: datetime) -> Signed:
        path = f"/api/v1/engine/items/{item}/claim"
        return self.signed(Statement("POST", path, b"{}", int(now.timestamp()), fresh_id(), item))

    def saying(self, handed: Handed, answer: Answer, now: datetime) -> dict[str, Ref]:
        said = Statement(
            "ANSWER",
            "engine-response",
            answer.body(),
            int(now.timestamp()),
            fresh_id(),
            handed.item_id,
            handed.fence,
        )
        return {
            "engine": self.id,
            "item": handed.item_id,
            "fence": handed.fence,
            "status": str(answer.status),
            "detail": answer.detail,
            "pin": answer.pin,
            "time": said.time,
            "nonce": said.nonce,
            "signature": self.signer.sign(said),
        }


@dataclass
class World:
    """site_id: 1 for the local worker, SITE for the engine."""

    site_id: int
    host: MemoryHost
    keyring: Keyring
    rotation: Rotation
    ports: Ports
    engine_work: EngineWork
    local: LocalWorker
    engine: EngineProgram
    committer: Committer
    secrets: SecretStore
    values: Values
    now: datetime = NOON
    step: timedelta = MINUTE
    may_change: bool = True
    runs: list[int] = field(default_factory=list)  # wrong logins of each run
    answers: list[Message] = field(default_factory=list)

    # -- what is there

    def stored(self) -> Stored:
        return self.secrets.fetch([SECRET])[SECRET]

    @property
    def state(self) -> SecretState:
        return self.stored().state

    def change(self) -> PasswordChange | None:
        found: dict[int, PasswordChange] = self.ports.store.find((), [SECRET]).changes
        return found.get(SECRET)

    def current(self) -> Plain:
        secret = self.stored().secret
        return self.values.open(SECRET, secret.value_of("password"))

    def current_opens(self) -> bool:
        return self.host.opens(USER, self.current())

    def some_stored_value_opens(self) -> bool:
        return any(self.host.opens(USER, value) for value in self._kept())

    def _kept(self) -> Iterator[Plain]:
        yield self.current()
        for former, _ in self.secrets.history(SECRET, "password"):
            yield self.values.open(SECRET, former)
        for change in (self.change(), *self.ports.store.past(SECRET, self.now)):
            for one in change.candidates if change else ():
                yield self.ports.store.open(change, one.number)  # type: ignore[arg-type]

    # -- what people do

    def put(self, stored: Stored) -> None:
        self.ports.commit([self.secrets.put(stored.secret), self.secrets.put_state(stored.state)])

    def set_state(self, **parts: Any) -> None:
        self.ports.commit([self.secrets.put_state(replace(self.state, **parts))])

    def edit_password(self, value: Plain) -> None:
        stored = self.stored()
        writes = self.ports.vault.promoted(stored.secret, value, self.now)
        state = self.secrets.put_state(stored.state.edited(self.now, checks=True))
        self.ports.commit([*writes, state])

    # -- what runs by itself

    def round(self) -> bool:
        """A minute: ticks, the sweeps, and every worker and engine on what lies in the queues.

        Whether anybody found something to do.
        """
        where = Where.LOCAL if self.site_id == 1 else Where.ENGINE
        tallies = (
            self.rotation.sweeping.sweep(self.now),
            self.rotation.offering.heartbeats(where, self.now),
            self.rotation.offering.changes(where, self.now),
            self.send_forgotten(),
        )
        done = self.work() + self.take_answers()
        self.now += self.step
        return done > 0 or any(one.found for one in tallies)

    def turn(self, end: datetime | None = None) -> None:
        """A round; after one that found nothing, on to the moment when something comes due.

        The ticks between would find nothing either: whatever waits for a moment is in an index.
        """
        if not self.round():
            due = self._next_due() or end or self.now
            self.now = min(due, end or due)

    def _next_due(self) -> datetime | None:
        """The first moment still to come in an index, if any; now, while a message is unsent."""
        rows = list(leftovers.rows())
        if any(row["pk"].startswith("outbox#") for row in rows):
            return self.now
        times = [
            parse_stamp(row[f"{index}sk"][: len(stamp(NOON))])
            for row in rows
            for index, waiting in WAITING.items()
            if row.get(f"{index}pk", "").startswith(waiting)
        ]
        return min((at for at in times if at >= self.now), default=None)

    def rounds(self, until: Callable[[], bool], most: int = 60) -> None:
        self.step = MINUTE
        for _ in range(most):
            self.turn()
            assert self.some_stored_value_opens()
            if until():
                return
        raise AssertionError("it never came to an end")

    def pass_time(self, time: timedelta) -> None:
        """Let that much time go by."""
        end = self.now + time
        while self.now < end:
            self.turn(end)

    def send_forgotten(self) -> Tally:
        return OutboxService(Outbox(Bus())).sweep(self.now)

    def work(self) -> int:
        """Whoever works in the secret's site takes what its queues hold; how many there were."""
        found = 0
        for name in (f"site-{self.site_id}-now", f"site-{self.site_id}"):
            for told in self.receive(name):
                found += 1
                with self.counting():
                    self.do(told)
        return found

    def do(self, told: Message) -> None:
        item = str(told.body["item"])
        if self.site_id == 1:
            self.local.run(item)
        else:
            self.answers_of_engine(item)

    def answers_of_engine(self, item: str) -> None:
        handed = self.claim(item)
        answer = self.performed(handed)
        self.engine.before_answer()
        self.say(handed, answer)

    def claim(self, item: str) -> Handed:
        return self.engine_work.claim(self.engine.asking(item, self.now), item, self.now)

    def performed(self, handed: Handed) -> Answer:
        from base64 import b64decode

        about = sealing.about_claim(handed.item_id, handed.fence, str(self.engine.id))
        text = self.engine.opener.open(b64decode(handed.sealed), about)
        return perform(decode_work(handed.kind, text), lambda: False, self.changer)

    def say(self, handed: Handed, answer: Answer) -> None:
        body = self.engine.saying(handed, answer, self.now)
        told = message(fresh_id(), "engine.answer", self.now, timedelta(days=1), body)
        Bus().send("engine-response", [told])

    def take_answers(self) -> int:
        found = 0
        for told in self.receive("engine-response"):
            found += 1
            self.engine_work.answer(told.body, self.now)
        return found

    def changer(self, _: str) -> Memory:
        return Memory({MACHINE: self.host})

    # -- queues, with a visibility of nought: what is not deleted comes again

    def receive(self, queue: str) -> Iterator[Message]:
        """Messages one by one; each is deleted unless its handling raises something to retry."""
        sqs, url = client("sqs"), connection().queue_url(queue)
        got = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
        )
        for one in got.get("Messages", []):
            told = decode(one["Body"])
            if not told.is_expired(self.now):
                yield told
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    @contextmanager
    def counting(self) -> Iterator[None]:
        """One run of work, its wrong logins counted; errors of the protocol end only the run."""
        before = self.host.wrong_logins[USER]
        try:
            yield
        except (ConclaveError, Dead):
            pass
        finally:
            self.runs.append(self.host.wrong_logins[USER] - before)


def make(site_id: int, *, auto_change: bool = True, lockout: int = 0) -> World:
    """The world with one secret whose heartbeat is due, and which nothing else asks of.

    Needs a fresh cluster in one region.
    """
    name = f"rotation at site {site_id}, {auto_change=}"
    password, engine = moto_cluster.kept(name, lambda: put_up(site_id, auto_change))
    forget()
    return world_of(site_id, password, replace(engine), lockout)


def put_up(site_id: int, auto_change: bool = True) -> tuple[Plain, EngineProgram]:
    """What there is in AWS of that world; the account's password, and the engine."""
    make_if_absent("cluster-1", lambda: NOON)
    for queue in (f"site-{SITE}", f"site-{SITE}-now"):
        client("sqs").create_queue(QueueName=f"conclave-test-{queue}")
    committer = Committer(Keyring(lambda: NOON), Bus(), lambda: NOON, fresh_id)
    password, engine = Plain(canary()), register(3, SITE, committer)
    world = world_of(site_id, password, engine)
    world.put(_stored(world, password, auto_change))
    return password, engine


def world_of(site_id: int, password: Plain, engine: EngineProgram, lockout: int = 0) -> World:
    """Everybody who works on it."""
    clock: list[World] = []

    def now() -> datetime:
        return clock[0].now if clock else NOON

    keyring, bus = Keyring(now), Bus()
    committer = Committer(keyring, bus, now, fresh_id, sleep=lambda _: None)
    secrets, values = SecretStore(lambda: AS_BUILT), Values(keyring)
    told = Watching(wiring.mail_desk(sends_word=False))
    ports = Ports(
        RotationStore(keyring),
        WorkService(secrets, values, random.Random(1), told, ScriptStore()),  # noqa: S311
        committer,
        Outgoing,
        fresh_id,
        lambda kind: terms_of(kind, Settings()),
        lambda: clock[0].may_change,
    )
    all_of_it = rotation(ports)
    engines = EngineService(
        EngineStore(),
        SiteService(SiteStore(), committer, lambda _: 9, lambda: None),
        committer,
        lambda _: 3,
    )
    host = WatchedHost({USER: password}, lockout=lockout)
    world = World(
        site_id,
        host,
        keyring,
        all_of_it,
        ports,
        EngineWork(engines, all_of_it.claims, all_of_it.answers),
        LocalWorker(
            "node-a",
            all_of_it.claims,
            all_of_it.answers,
            Anywhere,
            lambda: 0.0,
            now,
            lambda _: Memory({MACHINE: host}),
        ),
        engine,
        committer,
        secrets,
        values,
    )
    clock.append(world)
    return world


class Anywhere(LocalTargets):
    """The memory target has no address."""

    def __init__(self) -> None:
        super().__init__(lambda machine: machine)

    def admit(self, target: Target, port: int = 0) -> Target:
        return target


def register(id: int, site_id: int, committer: Committer) -> EngineProgram:
    program = EngineProgram(id, Signer.fresh(), Opener.fresh())
    engine = Engine(
        id=id,
        name=f"engine-{id}",
        host="somewhere",
        signing_key=program.signer.public(),
        sealing_key=program.opener.public(),
        activation=Activation.ACTIVATED,
        site_id=site_id,
        registered_at=NOON,
    )
    committer(EngineStore().created(engine))
    return program


def more(world: World, ids: Sequence[int], due_at: datetime | None, site_id: int = 0) -> None:
    """Other secrets of the same account, written below the services."""
    password, site = world.current(), site_id or world.site_id
    rows = [
        row
        for id in ids
        for stored in [_stored(world, password, auto_change=False, id=id)]
        for row in (
            nouns.row_of(replace(stored.secret, site_id=site)),
            states.state_row(replace(stored.state, heartbeat_due_at=due_at, site_id=site)),
        )
    ]
    with DataRow.batch_write() as batch:
        for row in rows:
            row.version = 1
            batch.save(row)


def _stored(world: World, password: Plain, auto_change: bool, id: int = SECRET) -> Stored:
    texts = {"machine": Plain(MACHINE), "username": Plain(USER), "password": password}
    secret = Secret(
        id=id,
        name="app on host-1",
        template=BUILT_IN[UNIX_ACCOUNT_SSH],
        created_at=NOON - timedelta(days=1),
        site_id=world.site_id,
        values={
            slug: world.values.seal(id, slug, 1, value, NOON - timedelta(days=1))
            for slug, value in texts.items()
        },
        switches=Switches(auto_change=auto_change),
    )
    state = SecretState(id, world.site_id).watched(NOON)
    return Stored(secret, state)
