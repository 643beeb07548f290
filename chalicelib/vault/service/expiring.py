"""Telling the owners of secrets that their passwords expire: by mail, and on the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import ConclaveError, Conflict
from chalicelib.core.tick import Tally
from chalicelib.mail.service import Posted
from chalicelib.vault.expiring import reached
from chalicelib.vault.folder import Tree
from chalicelib.vault.grants import Role, Who
from chalicelib.vault.ports import Commit, Secrets
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import Warned

KIND = "secrets-expiring"
LIMIT = 100
"""What one slice of a run takes up: two batched reads."""

TOGETHER = 20
"""Secrets of one transaction, and so of one mail: a row and a line of the trail each."""


class Desk(Protocol):
    def post(self, kind: str, now: datetime, *, to: Mapping[int, Mapping[str, str]]) -> Posted: ...


@dataclass(frozen=True, slots=True)
class Due:
    """A secret whose owners are to be told now. days: the threshold, 0 once it has expired"""

    stored: Stored
    days: int
    ends: datetime

    @property
    def told(self) -> str:
        return "EXPIRED" if not self.days else f"EXPIRES IN {self.days} DAYS"

    def line(self) -> str:
        """What the mail says of it."""
        verb = "expires" if self.days else "expired"
        return f"  {self.stored.secret.name} {verb} {self.ends:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class ExpiryService:
    """tree: the folders as of now. members: of a group. refusal: why nothing may be written now"""

    secrets: Secrets
    tree: Callable[[], Tree]
    members: Callable[[int], frozenset[int]]
    desk: Desk
    commit: Commit
    refusal: Callable[[], ConclaveError | None]

    def warn(self, now: datetime, limit: int = LIMIT) -> Tally:
        """Tell of every threshold that was reached, once. May be repeated, and by several at once.

        Nothing due: one Query a shard.
        """
        ids = self.secrets.expiring(now, limit)
        if not ids or self.refusal():
            return Tally(len(ids))
        due, tree = list(_due(self.secrets.fetch(ids).values(), now)), self.tree()
        groups = [due[start : start + TOGETHER] for start in range(0, len(due), TOGETHER)]
        done = sum(self._together(some, tree, now) for some in groups)
        return Tally(len(ids), done, 0, "more" if done and len(ids) >= limit else "")

    def _together(self, some: Sequence[Due], tree: Tree, now: datetime) -> int:
        """Tell of several in one mail, or of each alone when one was written meanwhile. How many.

        One that is refused alone was changed: the next run looks again.
        """
        writes = [
            self.secrets.put_state(replace(one.stored.state, warned=Warned(one.days, one.ends)))
            for one in some
        ]
        told = self.desk.post(KIND, now, to=self._letters(some, tree))
        lines = [
            AuditRecord(SYSTEM, one.told, "Secret", str(one.stored.secret.id), now) for one in some
        ]
        try:
            self.commit([*writes, *told.writes], lines, told.events)
        except Conflict:
            return sum(self._together([one], tree, now) for one in some) if len(some) > 1 else 0
        return len(some)

    def _letters(self, some: Sequence[Due], tree: Tree) -> dict[int, dict[str, str]]:
        """What each owner is told: of his secrets and no others."""
        texts: dict[int, list[str]] = {}
        for one in some:
            for owner in self._owners(one.stored.secret, tree):
                texts.setdefault(owner, []).append(one.line())
        return {owner: {"secrets": "\n".join(lines)} for owner, lines in texts.items()}

    def _owners(self, secret: Secret, tree: Tree) -> list[int]:
        owning = [one.to for one in secret.grants_in(tree) if one.role is Role.OWNER]
        people = {one.id for one in owning if one.who is Who.USER}
        for one in owning:
            people |= self.members(one.id) if one.who is Who.GROUP else frozenset()
        return sorted(people)


def _due(some: Iterable[Stored], now: datetime) -> Iterator[Due]:
    """Those of them that are due by their own rows: the index may lag behind."""
    for one in some:
        days, ends = reached(one.state, now), one.state.expires_at
        if days is not None and ends is not None:
            yield Due(one, days, ends)
