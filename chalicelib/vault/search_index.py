"""The search index as a whole: how values are indexed now, and how far a rebuild has got. Pure.

A generation says by which key and into which tokens values are hashed. A rebuild makes the next
one, secret by secret, while searches ask both; so none is missed meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

SEPARATORS = ("-", "_", ".", ",", ";", ":", "/", "\\", "@")
"""What parts words besides white space, until somebody says otherwise."""

SETTLED = timedelta(seconds=90)
"""How long after a rebuild's beginning a request may still index as before: 60 s, and clocks."""


class IndexMode(StrEnum):
    """The contract's SearchIndexMode: fields are found by whole words, or by any part."""

    STANDARD = "Standard"
    EXTENDED = "Extended"


@dataclass(frozen=True, slots=True)
class Wish:
    """How values are to be indexed: by which data key, in which mode, parted by what."""

    key_id: int = 1
    mode: IndexMode = IndexMode.STANDARD
    separators: tuple[str, ...] = SEPARATORS


@dataclass(frozen=True, slots=True)
class Generation:
    """One way of indexing; its number stands in each of its tokens."""

    number: int = 1
    wish: Wish = Wish()


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The index as its row has it; a cluster without the row is at generation 1.

    coming:   the generation that a rebuild makes
    cursor:   the last id that the pass at hand has looked at, of the newest id `of`
    passes:   how many passes have ended; changed: how many secrets the one at hand wrote
    version:  of the stored row, 0 for none
    """

    live: Generation = Generation()
    coming: Generation | None = None
    cursor: int = 0
    of: int = 0
    passes: int = 0
    changed: int = 0
    began_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0

    @property
    def newest(self) -> Generation:
        """By which secrets are indexed when they are written."""
        return self.coming or self.live

    @property
    def generations(self) -> tuple[Generation, ...]:
        """Which of them searches have to ask."""
        return (self.live, self.coming) if self.coming else (self.live,)

    @property
    def percent(self) -> int:
        """How much of a rebuild is done; 100 when none is under way."""
        if self.coming is None:
            return 100
        if self.passes:
            return 99
        return min(99, 100 * self.cursor // self.of) if self.of else 0

    def waits(self, now: datetime) -> bool:
        """Whether the pass at hand may not begin yet: it must meet what others still write."""
        began = self.began_at or now
        return self.passes > 0 and self.cursor == 0 and now < began + SETTLED


def begun(index: SearchIndex, wish: Wish, now: datetime) -> SearchIndex:
    """The index with a rebuild under way; one that is goes on, for searches know two at most."""
    if index.coming is not None:
        return index
    coming = Generation(index.live.number + 1, wish)
    return replace(index, coming=coming, cursor=0, of=0, passes=0, changed=0, began_at=now)


def advanced(index: SearchIndex, cursor: int, of: int, changed: int, now: datetime) -> SearchIndex:
    """The index after some ids more; live in its new form once a whole late pass found nothing."""
    after = replace(index, cursor=cursor, of=of, changed=index.changed + changed)
    if cursor < of:
        return after
    began = index.began_at or now
    if index.passes and not after.changed and now >= began + SETTLED:
        live = index.coming or index.live
        return replace(after, live=live, coming=None, finished_at=now)
    return replace(after, cursor=0, passes=index.passes + 1, changed=0)


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be found of a secret: its name, and by slug what its fields hold, folded."""

    name: str
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
