"""Access requests: somebody asks for a secret for a while, and an approver decides. Pure.

    pending -> approved | denied     an approver says so, who is not the one who asks
    pending, approved -> canceled    the one who asked takes it back
    approved -> denied               an approver takes it back

What an approval gives is a window of the secret's state, written with the request. A request and
its window end by the clock: nothing need be done for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.errors import AccessDenied, Invalid

from .comment import Comment
from .window import Guard, Window
from .workflow import Approval

USUALLY = timedelta(days=1)
"""How long access lasts for who asks for no end."""
AT_MOST = timedelta(days=366)
MOST_EVENTS = 50


class Status(StrEnum):
    """The contract's AccessRequestState, as it is stored."""

    PENDING = "Pending"
    APPROVED = "Approved"
    DENIED = "Denied"
    CANCELED = "Canceled"


EXPIRED = "Expired"

LEADS_TO: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.APPROVED, Status.DENIED, Status.CANCELED}),
    Status.APPROVED: frozenset({Status.DENIED, Status.CANCELED}),
    Status.DENIED: frozenset(),
    Status.CANCELED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a request."""

    action: str
    at: datetime
    user_id: int
    name: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a request; None leaves its time as it was asked for."""

    status: Status
    comment: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """approvals: of the steps of a workflow, while it waits
    events: what happened, oldest first; the last one made the status
    answer_by: when a workflow lets it expire that nobody decided; None for never
    version: of the stored row; a change is based on one
    """

    id: int
    secret_id: int
    secret_name: str
    user_id: int
    user_name: str
    comment: Comment
    asked_at: datetime
    since: datetime
    until: datetime
    status: Status = Status.PENDING
    events: tuple[Event, ...] = ()
    approvals: tuple[Approval, ...] = ()
    version: int = 0
    answer_by: datetime | None = None

    @property
    def decided(self) -> Event | None:
        """What made it what it is; None while it waits."""
        return None if self.status is Status.PENDING else self.events[-1]

    def shown(self, now: datetime) -> str:
        """The status as it is now: what is over has expired."""
        is_open, is_late = bool(LEADS_TO[self.status]), False
        if self.status is Status.PENDING and self.answer_by is not None:
            is_late = self.answer_by <= now
        return EXPIRED if is_open and (is_late or self.until <= now) else self.status.value

    def waits(self, now: datetime) -> bool:
        return self.shown(now) == Status.PENDING

    def is_same(self, other: AccessRequest) -> bool:
        """Whether they ask for the same: one of them is the other, sent again."""
        return (self.user_id, self.comment, self.until) == (
            other.user_id,
            other.comment,
            other.until,
        )

    def answered(self, answer: Answer, by: Event, now: datetime) -> AccessRequest:
        """The request after that. Invalid when it is over already, or for an impossible time."""
        if self.shown(now) == EXPIRED or answer.status not in LEADS_TO[self.status]:
            raise Invalid(f"The access request is {self.shown(now).lower()} already.")
        since, until = self.since, self.until
        if answer.status is Status.APPROVED:
            since, until = span(answer.since or since, answer.until or until, now)
        return replace(
            self,
            status=answer.status,
            since=since,
            until=until,
            events=(*self.events, by)[-MOST_EVENTS:],
        )

    def stepped(self, answer: Answer, given: Approval, by: Event, now: datetime) -> AccessRequest:
        """The request with one step's approval more. Invalid as for any answer."""
        after = self.answered(answer, by, now)
        return replace(after, status=Status.PENDING, approvals=(*self.approvals, given))

    def window(self, approver: str) -> Window:
        """What it gives once it is approved."""
        told = f"access request {self.id}, approved by {approver}"
        return Window(self.window_id, Guard.APPROVAL, self.user_id, self.since, self.until, told)

    @property
    def window_id(self) -> str:
        return f"approval-{self.id}"


def span(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """From when until when. Invalid for no time at all, or too much."""
    begins = max(since or now, now)
    ends = until or begins + USUALLY
    if not begins < ends <= now + AT_MOST:
        raise Invalid("expirationDate must be after startDate, in the future, within a year.")
    return begins, ends


def demand_may(answer: Answer, request: AccessRequest, user_id: int, *, approves: bool) -> None:
    """Raise AccessDenied unless it is his to say: to take back one's own, to decide another's."""
    is_own = request.user_id == user_id
    if answer.status is Status.CANCELED and not is_own:
        raise AccessDenied("Access denied: who asked may cancel it, nobody else.")
    if answer.status is not Status.CANCELED and is_own:
        raise AccessDenied("Access denied: nobody decides about his own request.")
    if not is_own and not approves:
        raise AccessDenied("Access denied: you are not an approver of this secret.")
