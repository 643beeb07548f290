"""What was done with one secret, for who may see its audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Page, Paging
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit
from chalicelib.vault.visit import Visit

from .finding import At, Finder

if TYPE_CHECKING:
    from chalicelib.audit.service import TrailService
    from chalicelib.audit.trail import Line

CHANGES = frozenset({"PASSWORD CHANGE"})
"""Actions of password changes on targets."""

BY_TIME = frozenset({"daterecorded", "date"})


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines. actions: in upper case, none for all; changes: of password changes as well"""

    actions: Collection[str] = ()
    changes: bool = True

    def fits(self, action: str) -> bool:
        is_wanted = not self.actions or action.upper() in self.actions
        return is_wanted and (self.changes or action not in CHANGES)

    @property
    def are_all(self) -> bool:
        return not self.actions and self.changes


@dataclass(frozen=True, slots=True)
class SecretTrailService:
    finder: Finder
    trail: TrailService
    commit: Commit

    def page(
        self, visit: Visit, at: At, lines: Lines, asked: Paging, *, exports: bool = False
    ) -> Page[Line]:
        """One page of them, newest first unless the oldest are asked for. Invalid for other orders.

        One Query, and one for each line of the page. exports: they are taken along, which the
        trail tells itself; that is one call more.
        """
        if any(one.name.lower() not in BY_TIME for one in asked.sort):
            raise Invalid(
                "sortBy: a secret's audit is sorted by dateRecorded, and by nothing else."
            )
        found = self.finder.secret(visit, replace(at, deleted=True), Deed.AUDIT)
        id = found.secret.id
        if exports:
            self.commit.record(visit.audit("EXPORT AUDIT", "Secret", id))
        return self.trail.of("Secret", id, asked, None if lines.are_all else lines.fits)
