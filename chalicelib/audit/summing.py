"""Sums the hours of the audit trail: one digest an hour, without holes.

An object of the audit bucket is written once and locked, so it is what counts: it comes first, and
the table's row says what it says. Whoever finds it there already, after a crash, a second message
or a restore of older tables, checks it and goes on from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.ids import Ids
from chalicelib.core.messages import Message, message
from chalicelib.core.tick import Tally, Tick

from .digest import (
    Digest,
    Line,
    Signed,
    decode,
    encode,
    following,
    hours,
    last_closed,
    listing,
    name,
    root,
)

KIND, QUEUE = "audit.digest", "digest"
LIFE = timedelta(hours=1)
SLICE = timedelta(seconds=60)
QUARTER, MINUTE = 15, 12
"""A look is taken at minutes 12, 27, 42 and 57: the first of them is just after an hour closed."""


class Rows(Protocol):
    def newest(self) -> Signed | None: ...
    def add(self, signed: Signed) -> None: ...
    def lines(self, hour: str) -> list[Line]: ...
    def began(self) -> tuple[str, str]: ...


class Objects(Protocol):
    def is_there(self) -> bool: ...
    def put_new(self, key: str, content: bytes) -> bool: ...
    def get(self, key: str) -> bytes: ...


class Signer(Protocol):
    def key(self) -> str: ...
    def sign(self, text: bytes) -> bytes: ...
    def public_key(self) -> bytes: ...


class Send(Protocol):
    def send(self, queue: str, messages: list[Message]) -> None: ...


@dataclass(frozen=True)
class Summing:
    """tolerance: how far clocks may be apart"""

    rows: Rows
    objects: Objects
    signer: Signer
    bus: Send
    tolerance: Callable[[], timedelta]
    ids: Ids
    clock: Clock

    def ask(self, tick: Tick) -> Tally:
        """Have the hours summed that are closed and are not; how many there are.

        No call but in one minute of fifteen, and in a run that somebody asked for. May be repeated.
        """
        asked_for = bool(tick.at.microsecond)
        if not asked_for and tick.at.minute % QUARTER != MINUTE:
            return Tally()
        due = self.due(tick.now)
        if due:
            self._send(tick.now)
        return Tally(found=len(due), done=int(bool(due)))

    def due(self, now: datetime) -> list[str]:
        """The hours to be summed, oldest first."""
        if not self.objects.is_there():
            return []
        return self._after(self.rows.newest(), now)

    def sum_up(self, now: datetime) -> int:
        """Sum what is due, and send on what is left after a minute; how many hours were summed.

        May be repeated, and by several at once. Raises Invalid when an object of the chain is not
        what it should be: then nothing more is summed until somebody has looked.
        """
        if not self.objects.is_there():
            return 0
        cluster, _ = self.rows.began()
        last = self.rows.newest()
        due = self._after(last, now)
        for done, hour in enumerate(due):
            if self.clock() - now > SLICE:
                self._send(now)
                return done
            last = self._sum(cluster, hour, last)
        return len(due)

    def _after(self, last: Signed | None, now: datetime) -> list[str]:
        first = following(last.digest.hour) if last else self.rows.began()[1]
        return list(hours(first, last_closed(now, self.tolerance())))

    def _sum(self, cluster: str, hour: str, last: Signed | None) -> Signed:
        lines = self.rows.lines(hour)
        text = listing(lines)
        digest = Digest(
            cluster=cluster,
            hour=hour,
            rows=len(lines),
            root=root(text),
            previous=last.digest.hash() if last else "",
            key=self.signer.key(),
            made_at=stamp(self.clock()),
        )
        signed = Signed(digest, self.signer.sign(digest.text()))
        key = name(cluster, hour)
        if not self.objects.put_new(key, encode(signed, text)):
            signed = self._kept(key, digest)
        try:
            self.rows.add(signed)
        except Conflict:
            """Another worker was faster: of the same object."""
        return signed

    def _kept(self, key: str, ours: Digest) -> Signed:
        """The digest that the object holds: in ours's place in the chain, and genuine."""
        signed, text = decode(self.objects.get(key))
        said = signed.digest
        same = (said.cluster, said.hour, said.previous, said.key, said.root)
        if same != (ours.cluster, ours.hour, ours.previous, ours.key, root(text)):
            raise Invalid(f"the object {key} is not the digest that follows the one before")
        if not signed.is_signed_by(self.signer.public_key()):
            raise Invalid(f"the object {key} was not signed by the cluster's key for digests")
        return signed

    def _send(self, now: datetime) -> None:
        self.bus.send(QUEUE, [message(self.ids(), KIND, now, LIFE, {})])
