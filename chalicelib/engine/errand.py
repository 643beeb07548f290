"""One message of a site's queue from receipt to answer: claim, do, answer, delete."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

from chalicelib.changers.registry import find
from chalicelib.changers.target import Changer, Outcome
from chalicelib.changers.work import Answer, Work, perform
from chalicelib.core.clock import Clock
from chalicelib.core.errors import AccessDenied, Invalid, Stale, Unavailable, Unsealable
from chalicelib.core.ids import Ids
from chalicelib.core.messages import Message, Ref, decode, encode, message
from chalicelib.core.signing import Statement

from .cluster import Claim
from .queues import Received

log = logging.getLogger(__name__)

ITEM = re.compile(r"[A-Za-z0-9_-]{1,64}")
ANSWER_LIFE = timedelta(days=1)
SENDING_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15, 30, 60))
"""How long to wait between tries to answer; the cluster calls two minutes' silence uncertain."""


class Desk(Protocol):
    """The cluster, as far as one errand needs it."""

    @property
    def engine(self) -> int:
        """Our number."""

    def claim(self, item: str, secret: int) -> Claim:
        """Take an item of that secret. Raises Stale, AccessDenied, Unavailable."""

    def open(self, claim: Claim) -> Work:
        """What is to be done. Raises Unsealable, Invalid."""

    def sign(self, statement: Statement) -> str:
        """Our signature."""


class Boxes(Protocol):
    """The queues, as far as one errand needs them."""

    def answer(self, text: str) -> None:
        """Send an answer. Raises Unavailable."""

    def delete(self, received: Received) -> None:
        """Done with a message. Raises Unavailable."""


class End(Enum):
    """What became of a message."""

    ANSWERED = auto()
    DROPPED = auto()  # expired, taken by another, or no longer wanted
    LEFT = auto()  # it stays in the queue: comes again, or goes to the dead letters


@dataclass(frozen=True)
class Errands:
    """Runs messages one by one; several threads may. Nothing of a claim outlives its errand.

    boxes:     the queues as of now, since they change with every callback
    monotonic: seconds of a clock that nobody sets; deadlines are kept by it
    rest:      wait that long
    """

    desk: Desk
    boxes: Callable[[], Boxes]
    clock: Clock
    ids: Ids
    monotonic: Callable[[], float]
    rest: Callable[[timedelta], object]
    changer_of: Callable[[str], Changer] = find

    def run(self, received: Received) -> End:
        """Do what the message asks, if it is to be had. Raises nothing foreseeable."""
        try:
            asked, item = _read(received.text)
        except Invalid as error:
            log.warning("left a message that is no work: %s", error)
            return End.LEFT
        if asked.is_expired(self.clock()):
            log.info("item %s: expired before it came", item)
            return self._finish(received, End.DROPPED)
        try:
            return self._claimed(received, asked, item)
        except Stale:
            log.info("item %s: not to be had any more", item)
            return self._finish(received, End.DROPPED)
        except (Unavailable, AccessDenied) as error:
            log.warning("item %s: left in the queue: %s", item, error)
            return End.LEFT

    def _claimed(self, received: Received, asked: Message, item: str) -> End:
        started = self.monotonic()
        claim = self.desk.claim(item, _secret(asked))
        until = started + claim.deadline.total_seconds()
        answer = self._do(claim, lambda: self.monotonic() >= until)
        log.info("item %s: %s ended with %s", item, claim.kind, answer.status)
        if not self._send(claim, answer, asked):
            log.error("item %s: its answer could not be sent", item)
            return End.LEFT
        return self._finish(received, End.ANSWERED)

    def _do(self, claim: Claim, is_late: Callable[[], bool]) -> Answer:
        try:
            work = self.desk.open(claim)
        except (Unsealable, Invalid) as error:
            return Answer(Outcome.UNKNOWN, str(error))
        return perform(work, is_late, self.changer_of)

    def _send(self, claim: Claim, answer: Answer, asked: Message) -> bool:
        """Try until it is sent, signed anew each time; a second copy counts once, by its fence."""
        for wait in (*SENDING_WAITS, None):
            try:
                self.boxes().answer(self._signed(claim, answer, asked))
            except Unavailable as error:
                log.warning("item %s: answering again: %s", claim.item, error)
                if wait is not None:
                    self.rest(wait)
            else:
                return True
        return False

    def _signed(self, claim: Claim, answer: Answer, asked: Message) -> str:
        now = self.clock()
        said = Statement(
            method="ANSWER",
            path="engine-response",
            body=answer.body(),
            time=int(now.timestamp()),
            nonce=self.ids(),
            item=claim.item,
            fence=claim.fence,
        )
        body: dict[str, Ref] = {
            "engine": self.desk.engine,
            "item": claim.item,
            "secret": _secret(asked),
            "fence": claim.fence,
            "status": str(answer.status),
            "detail": answer.detail,
            "pin": answer.pin,
            "time": said.time,
            "nonce": said.nonce,
            "signature": self.desk.sign(said),
        }
        return encode(message(self.ids(), "engine.answer", now, ANSWER_LIFE, body, asked.id))

    def _finish(self, received: Received, end: End) -> End:
        try:
            self.boxes().delete(received)
        except Unavailable as error:
            log.warning("a message that is done with will come again: %s", error)
        return end


def _secret(asked: Message) -> int:
    """The secret that the message names, 0 if none: a hint for the cluster's reads."""
    named = asked.body.get("secret")
    return named if isinstance(named, int) else 0


def _read(text: str) -> tuple[Message, str]:
    """The message and the item it names. Raises Invalid."""
    asked = decode(text)
    item = str(asked.body.get("item", ""))
    if asked.kind != "site.item" or not ITEM.fullmatch(item):
        raise Invalid("the message names no item")
    return asked, item
