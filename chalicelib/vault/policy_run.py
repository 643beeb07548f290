"""A change of policies on its way to the secrets under it, and where in them it is. Pure.

    asked -> a pass over the secrets -> over
                                     -> another pass, if the first began so early that secrets were
                                        still being written by what was known before

A secret that a pass has brought in line is found so by the next, and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.access.principal import Behalf

from .folder import Folder, Tree

SETTLED = timedelta(seconds=60)
"""Past that nothing is on its way that knew the policies only as they were before."""


class PolicySubject(StrEnum):
    """What was changed."""

    POLICY = "policy"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class PolicyRun:
    """turn:     never used twice: one that was asked for again is another
    asker:    whose right it needs to send a secret's values elsewhere
    cursor:   as `Spot` writes it, "" for the first
    began_at: when the pass that goes on began
    passed:   whether there was one already
    """

    subject: PolicySubject
    id: int
    turn: str
    asked_at: datetime
    asker: Behalf
    cursor: str = ""
    began_at: datetime | None = None
    passed: bool = False

    def is_due(self, now: datetime) -> bool:
        return bool(self.cursor) or not self.passed or now >= self.asked_at + SETTLED

    def begun(self, now: datetime) -> PolicyRun:
        return self if self.cursor else replace(self, began_at=now)

    def ended_pass(self) -> PolicyRun | None:
        """What is left once all secrets were looked at; None when nothing is."""
        if self.began_at is not None and self.began_at >= self.asked_at + SETTLED:
            return None
        return replace(self, cursor="", passed=True)

    def folders(self, tree: Tree) -> list[int]:
        """The ids of the folders whose secrets it is about, in order."""
        if self.subject is PolicySubject.POLICY:
            return sorted(id for id in tree.by_id if tree.policy_on(id) == self.id)
        if self.id not in tree.by_id:
            return []
        return sorted([self.id, *(one.id for one in inheriting(tree, self.id))])


def inheriting(tree: Tree, id: int) -> list[Folder]:
    """The folders below that one that inherit its policy."""
    found = []
    for child in tree.children.get(id, ()):
        one = tree.by_id[child]
        if one.inherits_policy:
            found += [one, *inheriting(tree, child)]
    return found


OWN = 2**31
"""Stands for the secrets with the policy as their own, which come after those of all folders."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place among the secrets of a run: a folder, and the key of the last one looked at in it."""

    folder: int = 0
    after: str = ""

    def __str__(self) -> str:
        return f"{self.folder}|{self.after}"

    def next(self, folders: Sequence[int]) -> Spot | None:
        """The beginning of what comes after that folder; None when nothing does."""
        if self.folder == OWN:
            return None
        return Spot(next((id for id in folders if id > self.folder), OWN))


def spot_of(cursor: str) -> Spot:
    folder, _, after = cursor.partition("|")
    return Spot(int(folder or 0), after)
