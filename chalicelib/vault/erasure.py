"""Erase requests: secrets that are to be gone for good, and what is known of it. Pure.

Pending -> Approved -> Erased     somebody with the right approves; it is done in the background
Pending -> Denied, Canceled
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.errors import AccessDenied, Invalid

from .access_request import Event
from .workflow import Approval

MOST_SECRETS = 20
APPROVE = "Approve Secret Erase"
LATER = timedelta(minutes=5)
"""When what could not be erased yet is tried again: work is under way on its account."""

POINT_IN_TIME = timedelta(days=35)
"""For so long AWS can restore the tables as they were."""

VERSIONS_KEPT = timedelta(days=30)
"""For so long the bucket keeps what was removed from it, a backup or a copy of a file."""


class EraseStatus(StrEnum):
    PENDING = "Pending"
    APPROVED = "Approved"
    DENIED = "Denied"
    CANCELED = "Canceled"
    ERASED = "Erased"


DECISIONS = (EraseStatus.APPROVED, EraseStatus.DENIED, EraseStatus.CANCELED)


@dataclass(frozen=True, slots=True)
class EraseRequest:
    """Secrets by id alone: names go with them.

    since:     when it may be done at the earliest
    due_at:    when it is tried next, None when nothing is to be done
    done:      ids of those that are gone
    failed:    why the others are not, by id
    approvals: of the steps of a workflow, while it waits
    gone_from_backups: when no backup holds them any more; None while backups are kept for ever
    """

    id: int
    secrets: tuple[int, ...]
    user_id: int
    user_name: str
    comment: str
    asked_at: datetime
    since: datetime
    status: EraseStatus = EraseStatus.PENDING
    events: tuple[Event, ...] = ()
    due_at: datetime | None = None
    done: tuple[int, ...] = ()
    failed: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    gone_from_backups: datetime | None = None
    version: int = 0
    approvals: tuple[Approval, ...] = ()

    @property
    def left(self) -> tuple[int, ...]:
        """What is still to be erased."""
        return tuple(one for one in self.secrets if one not in self.done and one not in self.failed)

    def standing_of(self, id: int) -> tuple[str, str]:
        """How one of its secrets stands, and why it could not be erased."""
        if id in self.done:
            return EraseStatus.ERASED.value, ""
        return ("Failed", self.failed[id]) if id in self.failed else (self.status.value, "")

    def answered(self, status: EraseStatus, event: Event) -> EraseRequest:
        """The request, decided."""
        due = self.since if status is EraseStatus.APPROVED else None
        return replace(self, status=status, events=(*self.events, event), due_at=due)

    def stepped(self, given: Approval, event: Event) -> EraseRequest:
        """With one step's approval, where more have to follow."""
        return replace(self, approvals=(*self.approvals, given), events=(*self.events, event))

    def advanced(self, until: datetime | None, event: Event, later: datetime) -> EraseRequest:
        """The request after a try: Erased when nothing is left, else due again."""
        if self.left:
            return replace(self, due_at=later)
        return replace(
            self,
            status=EraseStatus.ERASED,
            events=(*self.events, event),
            due_at=None,
            gone_from_backups=until,
        )


def demand_may(
    status: EraseStatus, request: EraseRequest, user_id: int, *, approves: bool, dual: bool
) -> None:
    """Raise unless that user may give that answer now.

    dual: whether who asked must not be who approves
    """
    is_own = request.user_id == user_id
    if status is EraseStatus.CANCELED:
        if not is_own and not approves:
            raise AccessDenied("Access denied: only who asked for it cancels it.")
    elif not approves:
        raise AccessDenied(f"Access denied: it takes {APPROVE}, or one's turn in the workflow.")
    elif dual and is_own and status is EraseStatus.APPROVED:
        raise AccessDenied("Access denied: another person has to approve what you asked for.")
    if request.status is not EraseStatus.PENDING and request.status is not status:
        raise Invalid(f"The erase request is {request.status.lower()} already.")


def chosen(ids: tuple[int, ...]) -> tuple[int, ...]:
    """The ids of a request, each once."""
    found = tuple(dict.fromkeys(ids))
    if not 1 <= len(found) <= MOST_SECRETS or min(found) < 1:
        raise Invalid(f"An erase request names 1 to {MOST_SECRETS} secrets by their ids.")
    return found
