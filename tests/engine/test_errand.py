"""One message from receipt to answer, with a cluster and queues made of lists."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from chalicelib.changers.memory import Fault, Memory, MemoryHost
from chalicelib.changers.target import Login, Outcome, Target
from chalicelib.changers.work import ChangeStatus, Work, WorkKind
from chalicelib.core.errors import AccessDenied, ConclaveError, Stale, Unavailable, Unsealable
from chalicelib.core.messages import Message, decode, encode, message
from chalicelib.core.plain import Plain
from chalicelib.core.signing import Signer, Statement
from chalicelib.engine.cluster import Claim
from chalicelib.engine.errand import SENDING_WAITS, End, Errands
from chalicelib.engine.queues import Received
from tests.canary import canary

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass
class Scene:
    """A cluster, queues and one host, all in memory; both clocks stand still unless moved."""

    kind: WorkKind = WorkKind.HEARTBEAT
    engine: int = 17
    old: Plain = field(default_factory=lambda: Plain(canary()))
    new: Plain = field(default_factory=lambda: Plain(canary()))
    host: MemoryHost = field(default_factory=MemoryHost)
    refusals: deque[ConclaveError] = field(default_factory=deque)
    cuts: int = 0
    claimed: list[str] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)
    deleted: list[Received] = field(default_factory=list)
    rests: list[timedelta] = field(default_factory=list)
    seconds: float = 0.0
    opening: float = 0.0
    signer: Signer = field(default_factory=Signer.fresh)

    def __post_init__(self) -> None:
        self.host.accounts["ada"] = self.old

    def claim(self, item: str, secret: int) -> Claim:
        self.claimed.append(item)
        if self.refusals:
            raise self.refusals.popleft()
        return Claim(item, 5, self.kind, timedelta(seconds=10), b"")

    def open(self, claim: Claim) -> Work:
        self.seconds += self.opening
        if self.refusals:
            raise self.refusals.popleft()
        return Work(self.kind, "memory", Target("m"), Login("ada", self.old), self.new)

    def sign(self, statement: Statement) -> str:
        return self.signer.sign(statement)

    def answer(self, text: str) -> None:
        if self.cuts:
            self.cuts -= 1
            raise Unavailable
        self.answered.append(decode(text))

    def delete(self, received: Received) -> None:
        self.deleted.append(received)

    def run(self, text: str | None = None, now: datetime = NOON) -> End:
        numbers = count(1)
        errands = Errands(
            desk=self,
            boxes=lambda: self,
            clock=lambda: now,
            ids=lambda: f"{next(numbers):032x}",
            monotonic=lambda: self.seconds,
            rest=self.rests.append,
            changer_of=lambda name: Memory({"m": self.host}),
        )
        return errands.run(Received("q", "r", asked() if text is None else text))


def asked(item: str = "i-1", kind: str = "site.item") -> str:
    return encode(message("m-1", kind, NOON, timedelta(minutes=5), {"item": item}))


def test_an_answer_names_the_claim_and_what_caused_it() -> None:
    scene = Scene()
    assert scene.run() is End.ANSWERED
    (sent,) = scene.answered
    assert (sent.kind, sent.cause) == ("engine.answer", "m-1")
    named = {key: sent.body[key] for key in ("engine", "item", "fence", "status", "pin")}
    assert named == {
        "engine": 17,
        "item": "i-1",
        "fence": 5,
        "status": "Success",
        "pin": "memory-key-1",
    }
    assert len(scene.deleted) == 1


def test_an_answer_is_tried_until_it_is_taken_then_the_message_goes() -> None:
    scene = Scene(cuts=3)
    assert scene.run() is End.ANSWERED
    assert scene.rests == list(SENDING_WAITS[:3])
    assert len(scene.answered) == 1
    assert scene.host.logins["ada"] == 1


def test_an_answer_that_cannot_be_sent_leaves_the_message() -> None:
    scene = Scene(cuts=99)
    assert scene.run() is End.LEFT
    assert scene.deleted == []


def test_every_try_is_signed_anew() -> None:
    scene = Scene()
    scene.run()
    first = scene.answered[0].body
    again = Scene(signer=scene.signer, old=scene.old, cuts=1)
    again.run()
    assert again.answered[0].body["nonce"] != first["nonce"]


@pytest.mark.parametrize("text", ["", "{}", "no json", asked(kind="else"), asked(item="../x")])
def test_what_is_no_work_stays_for_the_dead_letters(text: str) -> None:
    scene = Scene()
    assert scene.run(text) is End.LEFT
    assert not scene.claimed
    assert not scene.deleted


def test_an_expired_message_is_dropped() -> None:
    scene = Scene()
    assert scene.run(now=NOON + timedelta(minutes=5)) is End.DROPPED
    assert scene.claimed == []
    assert len(scene.deleted) == 1


@pytest.mark.parametrize(
    ("refusal", "end"),
    [(Stale(), End.DROPPED), (Unavailable(), End.LEFT), (AccessDenied(), End.LEFT)],
)
def test_without_a_claim_nothing_is_done(refusal: ConclaveError, end: End) -> None:
    scene = Scene(refusals=deque([refusal]))
    assert scene.run() is end
    assert scene.answered == []
    assert scene.host.logins.total() == 0


def test_the_deadline_counts_from_before_the_claim_on_a_clock_nobody_sets() -> None:
    scene = Scene(kind=WorkKind.CHANGE, opening=10.0)
    assert scene.run() is End.ANSWERED
    assert scene.answered[0].body["status"] == ChangeStatus.LATE
    assert scene.host.logins.total() == 0


def test_a_change_is_answered_with_what_is_known() -> None:
    scene = Scene(kind=WorkKind.CHANGE)
    scene.host.arm(Fault.CUT_AFTER_CHANGE)
    scene.run()
    assert scene.answered[0].body["status"] == ChangeStatus.UNCERTAIN


def test_a_box_that_does_not_open_is_answered() -> None:
    class Sealed(Scene):
        def open(self, claim: Claim) -> Work:
            raise Unsealable

    scene = Sealed(kind=WorkKind.CHANGE)
    assert scene.run() is End.ANSWERED
    assert scene.answered[0].body["status"] == Outcome.UNKNOWN
