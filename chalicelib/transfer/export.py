"""An export: what was asked for, by whom, and how far it is. Pure.

waiting -> running      a second person let it, where that is asked for
        -> denied
running -> ready        every secret had its turn
        -> ended        it did not come to its end
ready   -> fetched      once, within an hour; its key is gone from then on
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.access.principal import Behalf
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.plain import Plain

from .record import Format

FETCHED_WITHIN = timedelta(hours=1)
COPIES_KEPT = timedelta(hours=2)
"""After they were made; whoever is late misses some, and is told so."""
DECIDED_WITHIN = timedelta(days=1)
SHOWN_FOR = timedelta(days=9)
"""Longer than it may wait for a decision, and then for its end."""
MOST_SECRETS = 5_000
MOST_AT_ONCE = 250
"""In one answer, which API Gateway waits 29 s for."""
MOST_LISTED = 20_000
LEAST_PASSWORD, MOST_PASSWORD = 16, 200
"""A ZIP's key is derived in a thousand rounds only: the password has to be long."""
MOST_NOTE = 500


class Stage(StrEnum):
    WAITING = "waiting"
    DENIED = "denied"
    RUNNING = "running"
    READY = "ready"
    ENDED = "ended"
    FETCHED = "fetched"


@dataclass(frozen=True, slots=True)
class Scope:
    """folder_id: 0 for all that the asker may see"""

    folder_id: int = 0
    children: bool = True
    with_paths: bool = True
    format: Format = Format.CSV


@dataclass(frozen=True, slots=True)
class Export:
    """key:       that seals the copies; b"" once it was fetched, as for the password
    operation: the bulk operation that makes the copies
    """

    id: str
    asker: Behalf
    asked_at: datetime
    note: str
    scope: Scope
    stage: Stage = Stage.WAITING
    operation: str = ""
    decided_by: int = 0
    finished_at: datetime | None = None
    key: bytes = field(default=b"", repr=False)
    password: Plain = field(default_factory=lambda: Plain(""), repr=False)

    @property
    def until(self) -> datetime | None:
        """When it can be fetched at the latest."""
        return self.finished_at + FETCHED_WITHIN if self.finished_at else None

    def standing(self, now: datetime) -> str:
        """Its stage, or that its time is over."""
        is_late = self.stage is Stage.READY and self.until is not None and now >= self.until
        is_old = self.stage is Stage.WAITING and now >= self.asked_at + DECIDED_WITHIN
        return "expired" if is_late or is_old else self.stage.value


def asked(format: str) -> Format:
    """CSV or XML. Invalid for what is not written."""
    given = format.strip().lower()
    if given not in (Format.CSV, Format.XML):
        raise Invalid("exportFormat must be csv or xml.")
    return Format(given)


def demand_note(note: str) -> str:
    said = " ".join(note.split())
    if not 0 < len(said) <= MOST_NOTE:
        raise Invalid(f"notes must say why, in 1 to {MOST_NOTE} characters.")
    return said


def demand_password(password: Plain) -> None:
    if not LEAST_PASSWORD <= len(password.reveal()) <= MOST_PASSWORD:
        raise Invalid(
            f"password, of the ZIP, must have {LEAST_PASSWORD} to {MOST_PASSWORD} characters."
        )


def decided(one: Export, by: int, now: datetime) -> Export:
    """With the second person who decides. Conflict when there is nothing to decide for him."""
    if one.standing(now) != Stage.WAITING:
        raise Conflict("The export does not wait for anybody.")
    if by == one.asker.user_id:
        raise Conflict("It takes a second person: whoever asked for the export cannot approve it.")
    return replace(one, decided_by=by)


def demand_ready(one: Export, now: datetime) -> None:
    """Raise NotFound or Conflict unless it can be fetched."""
    standing = one.standing(now)
    if standing in (Stage.WAITING, Stage.RUNNING):
        raise Conflict(f"The export is {standing}: it cannot be fetched yet.")
    if standing != Stage.READY:
        raise NotFound(f"The export was not found: it is {standing}. Ask for another.")


def packed(scope: Scope) -> Mapping[str, Any]:
    return {
        "folder": scope.folder_id,
        "children": scope.children,
        "paths": scope.with_paths,
        "format": scope.format.value,
    }


def unpacked(stored: Mapping[str, Any]) -> Scope:
    return Scope(
        int(stored["folder"]), stored["children"], stored["paths"], Format(stored["format"])
    )
