"""What is asked of the whole trail, and the trail as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid

USUAL_DAYS, MOST_DAYS = 7, 31
"""How far back is looked: each day costs a Query for each of its shards."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """since, until: both belong to it. What is empty asks nothing."""

    since: datetime
    until: datetime
    text: str = ""
    action: str = ""
    kind: str = ""
    item: str = ""
    actor: int | None = None

    def fits(self, one: AuditRecord) -> bool:
        said = (one.action, one.kind, one.item, one.detail, one.address, one.through)
        return (
            self.since <= one.at <= self.until
            and (self.actor is None or one.actor == self.actor)
            and (not self.action or one.action.casefold() == self.action.casefold())
            and (not self.kind or one.kind.casefold() == self.kind.casefold())
            and (not self.item or one.item == self.item)
            and (not self.text or any(self.text.casefold() in part.casefold() for part in said))
        )

    def days(self) -> Iterator[date]:
        """Newest first."""
        day = self.until.date()
        while day >= self.since.date():
            yield day
            day -= timedelta(days=1)


def span(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """From when to when is looked. Raises Invalid for more than MOST_DAYS, and for none."""
    end = until or now
    begin = since or end - timedelta(days=USUAL_DAYS)
    if begin > end:
        raise Invalid("The first day must not be after the last.")
    if end - begin > timedelta(days=MOST_DAYS):
        raise Invalid(f"At most {MOST_DAYS} days are looked through at once.")
    return begin, end


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table in UTF-8 with a mark, as spreadsheets take it; no cell of it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
