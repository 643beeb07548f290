"""Mails as use cases: write one down with what causes it; send it; show what did not arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict, Stale, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.core.messages import Message, message
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.settings.mail import ADDRESS, MailSettings

from . import mail as rules
from .kinds import BY_NAME, Audience
from .mail import NOTHING, Facts, Letter, Mail, Reader, Stage

QUEUE = "web"
SEND = "mail.send"
LIFE = timedelta(days=2)  # of a message: its mail says sooner when it is of no use
FORSAKEN = timedelta(minutes=30)
"""An open mail that is older was not sent by its message: the sweep sends word again."""

MOST = 100


class Undeliverable(ConclaveError):
    """The other side refuses this letter for good."""


class Mails(Protocol):
    def find(self, id: str) -> Mail | None: ...
    def listed(self, stage: Stage, most: int) -> list[Mail]: ...
    def open_since(self, before: datetime, most: int) -> list[Mail]: ...
    def made(self, mail: Mail, listed_at: datetime | None = ...) -> Any: ...
    def claim(self, before: Mail, after: Mail) -> None: ...
    def told(self, mail: Mail, user_id: int) -> None: ...
    def settled(self, mail: Mail) -> Any: ...


class Outgoing(Protocol):
    def __call__(self, queue: str, message: Message, delay: timedelta = ...) -> Any: ...


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Any],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None: ...


class Send(Protocol):
    def send(self, queue: str, messages: Sequence[Message], delay: timedelta = ...) -> None: ...


class Configuration(Protocol):
    def fresh(self) -> MailSettings: ...
    def is_on(self) -> bool: ...


class Readers(Protocol):
    def users(self, ids: Collection[int]) -> list[Reader]:
        """Those of them who are enabled and have an address."""

    def administrators(self) -> list[Reader]: ...


class Post(Protocol):
    def __call__(self, letter: Letter, settings: MailSettings) -> None:
        """Hand one letter over. Undeliverable: never; Unavailable: not now."""


Entitled = Callable[[Mail], Collection[int]]
"""Who of those whom a mail names may still have it."""

Making = Callable[[Mail], Mapping[str, Plain]]
"""What is made for a mail right before it is sent. Raises Stale when nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail as part of somebody's change: what to write, and what to send once it is written."""

    writes: Sequence[Any] = ()
    events: Sequence[Any] = ()


@dataclass(frozen=True)
class MailDesk:
    """Where mails are written down.

    sends_word: else a mail is left to the sweep, that finds it at its next turn
    """

    store: Mails
    configuration: Configuration
    outgoing: Outgoing
    ids: Ids
    sends_word: bool = True

    def post(
        self,
        kind: str,
        now: datetime,
        *,
        facts: Facts = NOTHING,
        to: Mapping[int, Facts] | None = None,
        about: str = "",
    ) -> Posted:
        """A mail for somebody's commit; nothing while no sender is set."""
        if not self.configuration.is_on():
            return Posted()
        some = dict(list((to or {}).items())[: rules.MOST_READERS])
        mail = Mail(self.ids(), BY_NAME[kind], now, facts, some, about)
        if not self.sends_word:
            return Posted([self.store.made(mail, now - FORSAKEN)])
        return Posted([self.store.made(mail)], [self.outgoing(QUEUE, word(mail, self.ids(), now))])


def word(mail: Mail, id: str, now: datetime) -> Message:
    """The message that has a mail sent: its id, and nothing of what it says."""
    return message(id, SEND, now, LIFE, {"mail": mail.id})


@dataclass(frozen=True)
class Postman:
    """The worker's part. What was sent is written down reader by reader, so that who dies between
    two has at most one letter sent twice, under the same Message-ID.

    making:   by kind of mail
    entitled: by kind of mail; a mail of such a kind that reaches nobody has not failed
    """

    store: Mails
    configuration: Configuration
    readers: Readers
    post: Post
    custom_url: Callable[[], str]
    commit: Commit
    outgoing: Outgoing
    bus: Send
    ids: Ids
    clock: Clock
    log: logging.Logger
    making: Mapping[str, Making] = field(default_factory=dict)
    entitled: Mapping[str, Entitled] = field(default_factory=dict)

    def send(self, id: str) -> None:
        """Send a mail. May be repeated, and may die anywhere.

        Stale: it is over, or in another worker's hands.
        """
        found, now = self.store.find(id), self.clock()
        if found is None or found.stage is not Stage.OPEN or found.is_leased(now):
            raise Stale
        mine = rules.claimed(found, now)
        try:
            self.store.claim(found, mine)
        except Conflict:
            raise Stale from None
        if now >= mine.ends_at:
            self._end(mine, f"it could not be sent in time: {mine.why or 'it waited'}")
            return
        self._deliver(mine)

    def sweep(self, now: datetime) -> Tally:
        """Send word again of mails whose message was lost. Nothing open: one Query."""
        left = [
            one for one in self.store.open_since(now - FORSAKEN, MOST) if not one.is_leased(now)
        ]
        if left:
            self.bus.send(QUEUE, [word(one, self.ids(), now) for one in left])
        return Tally(len(left), len(left))

    def undelivered(self) -> tuple[list[Mail], list[Mail]]:
        """Those that wait, and those that failed; the newest first."""
        return self.store.listed(Stage.OPEN, MOST), self.store.listed(Stage.FAILED, MOST)

    def try_out(self, user_id: int) -> str:
        """Send a mail to that user now; why it did not work, or "". Writes nothing."""
        settings = self.configuration.fresh()
        if not settings.is_on:
            return "No mail is sent: set fromEmailAddress first."
        readers = self.readers.users([user_id])
        if not readers:
            return "You have no e-mail address: an administrator gives you one."
        kind = BY_NAME["test"]
        mail = Mail(self.ids(), kind, self.clock())
        try:
            self._hand_over(mail, readers[0], {}, settings)
        except (Undeliverable, Unavailable) as error:
            return str(error)
        return ""

    def _deliver(self, mine: Mail) -> None:
        settings = self.configuration.fresh()
        if not settings.is_on:
            self._end(mine, "no sender is set any more")
            return
        try:
            make = self.making.get(mine.kind.name)
            made = make(mine) if make else {}
        except Stale:
            self._end(mine, "")  # nobody waits for it
            return
        readers = self._readers(mine)
        if not readers:
            is_lost = mine.kind.name not in self.entitled
            why = "nobody who is to have it has an e-mail address" if is_lost else ""
            self._end(mine, why)
            return
        left = [one for one in readers if one.user_id not in mine.told]
        self._settle(mine, *self._each(mine, left, made, settings))

    def _readers(self, mail: Mail) -> list[Reader]:
        if mail.kind.audience is Audience.ADMINISTRATORS:
            return self.readers.administrators()[: rules.MOST_READERS]
        entitled = self.entitled.get(mail.kind.name)
        return self.readers.users(list(entitled(mail) if entitled else mail.to))

    def _each(
        self,
        mine: Mail,
        readers: Sequence[Reader],
        made: Mapping[str, Plain],
        settings: MailSettings,
    ) -> tuple[list[str], str]:
        """A letter to each: whom it never reaches and why, and why it has to be tried again."""
        refused, later = [], ""
        for one in readers:
            try:
                self._hand_over(mine, one, made, settings)
            except Undeliverable as error:
                refused.append(f"user {one.user_id}: {error}")
            except Unavailable as error:
                return refused, str(error)
            self.store.told(mine, one.user_id)
        return refused, later

    def _settle(self, mine: Mail, refused: Sequence[str], later: str) -> None:
        now, why = self.clock(), "; ".join([*refused, *filter(None, [later])])
        if not later or not rules.may_be_tried_again(mine, now):
            self._end(mine, why)
            return
        again = rules.released(mine, why)
        event = self.outgoing(QUEUE, word(mine, self.ids(), now), rules.pause_after(mine.tries))
        self.commit([self.store.settled(again)], [], [event])

    def _end(self, mine: Mail, why: str) -> None:
        """Over; a mail that did not reach everybody is on the trail."""
        after = rules.ended(mine, why)
        lines = [_line(after, self.clock())] if why else []
        if why:
            self.log.warning("mail failed", extra={"facts": {"mail": mine.id, "why": why}})
        self.commit([self.store.settled(after)], lines)

    def _hand_over(
        self, mail: Mail, one: Reader, made: Mapping[str, Plain], settings: MailSettings
    ) -> None:
        if not ADDRESS.fullmatch(one.address):
            raise Undeliverable("the user's e-mail address is none")
        self.post(rules.letter(mail, one, made, self.custom_url()), settings)


def _line(mail: Mail, now: datetime) -> AuditRecord:
    detail = f"{mail.kind.name}: {mail.why}"[:500]
    return AuditRecord(SYSTEM, "MAIL FAILED", "Mail", mail.id, now, detail)
