"""Comments: why somebody wants to see a secret's values, and for which ticket. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.errors import AccessDenied, Invalid

from .state import SecretState
from .window import Guard, Window

MAX_COMMENT = 1_000
MAX_TICKET = 100
COUNTS_FOR = timedelta(minutes=15)
"""How long a comment that was given by itself lets its author see the values."""


class RequiresComment(AccessDenied):
    """The secret requires a comment: say why you want to see it."""

    code = "API_RequiresComment"


@dataclass(frozen=True, slots=True)
class Comment:
    """What came with a request; no text for no comment."""

    text: str = ""
    ticket: str = ""

    @property
    def told(self) -> str:
        """As the trail says it."""
        said = {"comment": self.text, "ticket": self.ticket}
        return "; ".join(f"{name}: {value}" for name, value in said.items() if value)

    def beside(self, what: str) -> str:
        """What was done, and why."""
        return "; ".join(one for one in (what, self.told) if one)


SILENCE = Comment()
_TICKET = re.compile(r"(?:^|; )ticket: ([^;]+)")


def ticket_in(told: str) -> str:
    """The ticket that a line of the trail tells, as `Comment.told` wrote it; "" for none."""
    found = _TICKET.search(told)
    return found.group(1) if found else ""


def said(text: str, ticket: str = "", ticket_system: int = 0) -> Comment:
    """The comment as it goes onto the trail. Invalid if too long, or if it names a system."""
    if ticket_system > 0:
        raise Invalid("ticketSystemId: this cluster knows no ticket systems.")
    if len(text) > MAX_COMMENT or len(ticket) > MAX_TICKET:
        raise Invalid(
            f"A comment has at most {MAX_COMMENT} characters, a ticket number {MAX_TICKET}."
        )
    return Comment(" ".join(text.split()), " ".join(ticket.split()))


def kept(
    state: SecretState, comment: Comment, user_id: int, since: datetime, until: datetime
) -> SecretState:
    """The state that lets its author in until then. A later comment of his takes its place."""
    if not comment.text:
        return state
    id = f"comment-{user_id}"
    return state.opened(Window(id, Guard.COMMENT, user_id, since, until, comment.told), since)


def lasting(state: SecretState, user_id: int, now: datetime, until: datetime) -> SecretState:
    """The state in which his comment counts until then, if he gave one."""
    known = state.window(Guard.COMMENT, user_id, now)
    return state.opened(replace(known, until=until), now) if known else state
