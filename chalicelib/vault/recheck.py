"""Secrets whose passwords are to be judged again, since what is asked of them was changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .definitions import Definitions


class Subject(StrEnum):
    """What was changed."""

    REQUIREMENT = "requirement"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Recheck:
    """All secrets that a change is about, to be looked at from `cursor` on.

    turn:   never used twice: one that was asked for again is another
    cursor: as `Place` writes it, "" for the first
    """

    subject: Subject
    id: int
    turn: str
    cursor: str = ""

    def templates(self, known: Definitions) -> frozenset[int]:
        """The ids of the templates whose secrets it is about."""
        if self.subject is Subject.TEMPLATE:
            return frozenset({self.id})
        kinds = known.templates.values()  # any secret may have that requirement as its own
        return frozenset(one.id for one in kinds if any(each.is_password for each in one.fields))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of all secrets: a shard, and the key of the last one looked at."""

    shard: int = 0
    after: str = ""

    def __str__(self) -> str:
        return f"{self.shard}|{self.after}"


def place_of(cursor: str) -> Place:
    shard, _, after = cursor.partition("|")
    return Place(int(shard or 0), after)
