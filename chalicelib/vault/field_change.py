"""Fields that search may look into from now on, or no longer, on their way to secrets. Pure.

All values are sealed, whatever a template says; what a field's exposure means here is whether the
index knows its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .templates import Template

SETTLED = timedelta(seconds=60)
"""Past that nothing is on its way that knew the template only as it was before."""


def exposed(before: Template, after: Template) -> Mapping[str, bool]:
    """The fields, by key, that search may look into from now on, or (False) no longer.

    Of those that secrets may have values in.
    """
    known = {one.stored_as for one in before.all_fields}
    was, now = _searchable(before), _searchable(after)
    return {key: key in now for key in (was ^ now) & known}


def _searchable(kind: Template) -> frozenset[str]:
    return frozenset(one.stored_as for one in kind.fields if one.is_searchable)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """All secrets of a template, to be indexed anew from `cursor` on.

    turn:     never used twice: one that was asked for again is another
    cursor:   as `recheck.Place` writes it, "" for the first
    began_at: when the pass that goes on began
    passed:   whether there was one already
    """

    template_id: int
    turn: str
    asked_at: datetime
    cursor: str = ""
    began_at: datetime | None = None
    passed: bool = False

    def is_due(self, now: datetime) -> bool:
        return bool(self.cursor) or not self.passed or now >= self.asked_at + SETTLED

    def begun(self, now: datetime) -> FieldChange:
        return self if self.cursor else replace(self, began_at=now)

    def ended_pass(self) -> FieldChange | None:
        """What is left once all secrets were looked at; None when nothing is.

        A pass that began early may have met secrets that were still being written by what was
        known before: another one follows.
        """
        if self.began_at is not None and self.began_at >= self.asked_at + SETTLED:
            return None
        return replace(self, cursor="", passed=True)
