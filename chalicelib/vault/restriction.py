"""What a secret asks of those who have the right to it: one table, asked in one place. Pure.

Each restriction says why it keeps a deed from a visitor now, or nothing. `Finder.kept` asks them
all for every path to a value; what is not in the table restricts nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core.errors import AccessDenied, Unavailable

from . import approval, checkout, double_lock
from .comment import RequiresComment
from .grants import Deed, Role
from .secret import Secret
from .state import SecretState
from .visit import Visit
from .window import Guard, Window


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to do with which secret, and his role on it."""

    deed: Deed
    secret: Secret
    state: SecretState
    role: Role | None
    visit: Visit

    def window(self, guard: Guard) -> Window | None:
        """The visitor's own way through, if there is one now."""
        return self.state.window(guard, self.visit.who.user_id, self.visit.now)


def _approval(asked: Asked) -> AccessDenied | None:
    is_kept = asked.deed in approval.KEPT and needs_approval(asked)
    return approval.RequiresApproval() if is_kept and not asked.window(Guard.APPROVAL) else None


def _comment(asked: Asked) -> AccessDenied | None:
    if not asked.secret.requires_comment or asked.deed not in COMMENTED:
        return None
    is_said = asked.visit.comment.text or asked.window(Guard.COMMENT)
    return None if is_said else RequiresComment()


def _checkout(asked: Asked) -> AccessDenied | None:
    return checkout.refusal(asked.deed, asked.secret.checkout, asked.state, asked.visit)


def _double_lock(asked: Asked) -> AccessDenied | None:
    return double_lock.refusal(asked.secret.double_lock, asked.deed, asked.visit.opened)


RESTRICTIONS: tuple[Callable[[Asked], AccessDenied | None], ...] = (
    _approval,
    _comment,
    _checkout,
    _double_lock,
)
"""In the order in which people are to do something about them."""

COMMENTED = frozenset({Deed.REVEAL, Deed.HISTORY, Deed.CHECK_OUT, Deed.COPY, Deed.CONVERT})
"""What nobody does without having said why."""


def refusals(asked: Asked) -> list[AccessDenied]:
    """All that keeps the visitor from it, first things first; none when nothing does."""
    return [why for one in RESTRICTIONS if (why := one(asked)) is not None]


def needs_approval(asked: Asked) -> bool:
    """Whether the visitor has to ask, granted or not; unlimited administration asks nobody."""
    return not asked.visit.who.unlimited and not asked.secret.approval.exempts(
        asked.role, asked.visit.them
    )


def relied_on(asked: Asked) -> list[Window]:
    """The windows without which the visitor would be refused, and which somebody may close."""
    known = asked.window(Guard.APPROVAL) if needs_approval(asked) else None
    return [known] if known else []


def said(asked: Asked) -> str:
    """What the trail says of why the visitor is let in: his comment, his ticket, who approved."""
    commented = asked.window(Guard.COMMENT) if asked.secret.requires_comment else None
    comment = asked.visit.comment.told or (commented.told if commented else "")
    told = [comment, *(one.told for one in relied_on(asked))]
    return "; ".join(one for one in told if one)


def demand_terms(before: Secret, after: Secret, state: SecretState, visit: Visit) -> None:
    """Raise Invalid for terms that cannot be kept, or while somebody relies on those there are.

    Unavailable during an upgrade: a node of the version before would neither see nor keep them.
    """
    if after.terms == before.terms:
        return
    if visit.upgrading:
        raise Unavailable(
            "Checkout, approval, comments and DoubleLock can be set once the upgrade in progress is"
            " finished."
        )
    double_lock.demand_terms(after.double_lock, checkout=after.checkout.required)
    if after.double_lock != before.double_lock:
        double_lock.demand_idle(state)
    if after.checkout != before.checkout:
        checkout.demand_terms(after.checkout, after.template)
        checkout.demand_idle(state)
