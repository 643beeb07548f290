"""Favourites: secrets that a user wants to find again. They are his own affair, and no right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chalicelib.core.again import settled
from chalicelib.core.errors import Invalid
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, Write
from chalicelib.vault.visit import Visit

from .finding import At, Finder

RECENT = 100
"""Secrets seen lately that are found: each search among them reads their rows."""

MOST = 500
"""Of one user: each search for them reads the rows of all."""


class Favourites(Protocol):
    def keys(self) -> list[tuple[Any, str, str]]: ...

    def in_rows(self, rows: Mapping[Any, Any], user_id: int) -> frozenset[int] | None: ...

    def fetch(self, user_id: int) -> frozenset[int] | None: ...

    def mark(self, user_id: int, secret_id: int, known: frozenset[int] | None) -> list[Write]: ...

    def unmark(self, user_id: int, secret_id: int) -> Sequence[Write]: ...


@dataclass(frozen=True, slots=True)
class FavouriteService:
    finder: Finder
    rows: Favourites
    commit: Commit

    def keys(self) -> list[tuple[Any, str, str]]:
        """What has to be read together with the session of whoever is shown his favourites."""
        return self.rows.keys()

    def of(self, visit: Visit) -> frozenset[int]:
        """The ids of the visitor's favourites, gone and hidden ones included. No call.

        His row must have come with the request.
        """
        return self.rows.in_rows(visit.rows, visit.who.user_id) or frozenset()

    def turn(self, visit: Visit, at: At, *, wanted: bool) -> None:
        """Make a secret a favourite, or no longer. May be repeated; then nothing is written.

        One call. NotFound for a secret that the visitor may not list, Invalid for one too many.
        What he may not see any more he can still take out, by its id.
        """
        id = at.id
        if wanted or not id:
            where = replace(at, deleted=not wanted)
            id = self.finder.secret(visit, where, Deed.LIST).secret.id
        mine = visit.who.user_id
        read = [self.rows.in_rows(visit.rows, mine)]

        def attempt() -> None:
            known = read.pop() if read else self.rows.fetch(mine)
            if wanted is (id in (known or ())):
                return
            if wanted and len(known or ()) >= MOST:
                raise Invalid(f"You have {MOST} favorites: take another out first.")
            self.commit(self.rows.mark(mine, id, known) if wanted else self.rows.unmark(mine, id))

        settled(attempt)
