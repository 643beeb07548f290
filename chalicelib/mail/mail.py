"""A mail on its way: who has it, how often it was tried, when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.plain import Plain

from .kinds import BY_NAME, Kind

LEASE = timedelta(seconds=90)
"""Longer than a worker may take: who dies is followed after it."""

MOST_TRIES = 8
MOST_READERS = 100
"""People whom one mail reaches."""

LONGEST_PAUSE = timedelta(minutes=15)  # SQS delays no longer

Facts = Mapping[str, str]
NOTHING: Facts = MappingProxyType({})


class Stage(StrEnum):
    OPEN = "open"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one or more people, each of whom gets a letter of his own.

    to:       of each user who is to have it, facts of his own; of none: the kind says who
    about:    the id of what is read right before it is sent
    told:     those who have it, and those who never will
    fence:    counts the claims: whose is no longer the newest writes nothing more
    why:      what went wrong last
    """

    id: str
    kind: Kind
    made_at: datetime
    facts: Facts = field(default_factory=lambda: NOTHING)
    to: Mapping[int, Facts] = field(default_factory=dict)
    about: str = ""
    stage: Stage = Stage.OPEN
    told: frozenset[int] = frozenset()
    tries: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    why: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it is of no use any more."""
        return self.made_at + self.kind.life

    def is_leased(self, now: datetime) -> bool:
        return self.lease_until is not None and now < self.lease_until


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is to have a mail."""

    user_id: int
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one reader gets. id: the same however often it is sent, so that his side may tell."""

    id: str
    address: str = field(repr=False)
    subject: str
    text: Plain


def kind_of(name: str) -> Kind:
    return BY_NAME[name]


def claimed(mail: Mail, now: datetime) -> Mail:
    return replace(mail, fence=mail.fence + 1, lease_until=now + LEASE, tries=mail.tries + 1)


def pause_after(tries: int) -> timedelta:
    """How long it rests after so many tries: a minute, then twice as long each time."""
    return min(timedelta(minutes=2 ** (tries - 1)), LONGEST_PAUSE)


def may_be_tried_again(mail: Mail, now: datetime) -> bool:
    return mail.tries < MOST_TRIES and now + pause_after(mail.tries) < mail.ends_at


def released(mail: Mail, why: str) -> Mail:
    """In nobody's hands, to be tried again."""
    return replace(mail, lease_until=None, why=why)


def ended(mail: Mail, why: str) -> Mail:
    """Over: sent, or failed if there is a reason why."""
    stage = Stage.FAILED if why else Stage.SENT
    return replace(mail, stage=stage, lease_until=None, why=why)


def letter(mail: Mail, reader: Reader, made: Mapping[str, Plain], custom_url: str) -> Letter:
    """The letter of one reader. made: facts that must not lie about, each in the clear here only.

    The only link there is leads to the custom URL: without one there is none.
    """
    facts = {**mail.facts, **mail.to.get(reader.user_id, {})}
    clear = {name: value.reveal() for name, value in made.items()}
    foot = f"\n-- \nConclave: {custom_url}/\n" if custom_url else "\n-- \nConclave\n"
    text = mail.kind.text.format_map({**facts, **clear}) + foot
    subject = mail.kind.subject.format_map(facts)
    return Letter(f"{mail.id}.{reader.user_id}", reader.address, subject, Plain(text))
