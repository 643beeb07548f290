"""Checkout: one person at a time has a secret's values, for a while. Pure.

    free -> held          somebody checks it out
    held -> free          he checks it in, somebody forces it, or its time is over
    held -> waits -> free the same, where the password is changed first: nobody has it meanwhile

Of a secret with hooks there is more: see `hooking`.

What a secret asks for is part of the secret; who holds it is part of its state. A checkout counts
until its end, and while nothing may be written for maintenance, as long as it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.errors import AccessDenied, Invalid

from .grants import Deed
from .state import AfterCheckIn, ChangeResult, Checkout, SecretState
from .templates import Template
from .visit import Visit

MAX_MINUTES = 30 * 24 * 60
MAX_NOTES = 1_000
"""Characters of a note that goes onto the trail."""
MINUTE = timedelta(minutes=1)

REVEALING = frozenset({Deed.REVEAL, Deed.HISTORY, Deed.COPY, Deed.CONVERT})
"""What only the holder does."""

CHANGING = frozenset({Deed.EDIT, Deed.DELETE, Deed.CHANGE_PASSWORD})
"""What nobody does while another holds it."""


class KeptByCheckout(AccessDenied):
    """The secret is to be checked out."""


class RequiresCheckout(KeptByCheckout):
    """The secret requires checkout: check it out first."""

    code = "API_RequiresCheckout"


class CheckedOut(KeptByCheckout):
    """The secret is checked out by somebody else."""

    code = "API_CheckedOut"


class ChangePending(KeptByCheckout):
    """The secret requires checkout, once the password change of its check-in is over."""

    code = "API_RequiresCheckoutPendingRPC"


class HooksRunning(KeptByCheckout):
    """The hooks of its last or next checkout are running: ask again in a moment."""

    code = "API_RequiresCheckoutPendingHooks"
    is_told = True


class HookFailed(KeptByCheckout):
    """A hook refused the checkout."""

    code = "API_CheckoutHookFailed"
    is_told = True


@dataclass(frozen=True, slots=True)
class CheckoutTerms:
    """What a secret asks of those who want its values.

    minutes:          how long a checkout lasts; None for the cluster's setting
    changes_password: whether a check-in has the password changed
    """

    required: bool = False
    minutes: int | None = None
    changes_password: bool = False

    def __post_init__(self) -> None:
        if self.minutes is not None and not 1 <= self.minutes <= MAX_MINUTES:
            raise Invalid(f"checkOutIntervalMinutes must be 1 to {MAX_MINUTES} minutes.")

    def interval(self, default: int) -> timedelta:
        """How long a checkout lasts."""
        return timedelta(minutes=self.minutes or default)


@dataclass(frozen=True, slots=True)
class Access:
    """What a request that reads does about a checkout by itself.

    takes:      checks the secret out if nobody holds it
    gives_back: checks it in afterwards
    forces:     checks it in first if another holds it; that needs the right to
    """

    takes: bool = False
    gives_back: bool = False
    forces: bool = False


BY_ITSELF_NOTHING = Access()


def in_force(state: SecretState, visit: Visit) -> Checkout | None:
    """The checkout that counts for this visit, whosever it is."""
    known = state.checkout
    if known is None or (known.until <= visit.now and not visit.is_frozen):
        return None
    return known


def own(state: SecretState, visit: Visit) -> Checkout:
    """The visitor's checkout.

    Raises CheckedOut when it is another's, RequiresCheckout for none, HooksRunning while it waits.
    """
    known = in_force(state, visit)
    if known is None:
        raise RequiresCheckout
    if known.user_id != visit.who.user_id:
        raise held_by_another(known)
    if known.is_pending:
        raise HooksRunning
    return known


def taken(state: SecretState) -> Checkout:
    """The checkout of a state that has one. Raises RequiresCheckout for none."""
    if state.checkout is None:
        raise RequiresCheckout
    return state.checkout


def is_holder(state: SecretState, visit: Visit) -> bool:
    """Whether the visitor holds the secret: not before the hooks of his checkout have run."""
    known = in_force(state, visit)
    return known is not None and known.user_id == visit.who.user_id and not known.is_pending


def refusal(
    deed: Deed, terms: CheckoutTerms, state: SecretState, visit: Visit
) -> AccessDenied | None:
    """Why checkout forbids the deed to somebody who has the right to it; None when it does not."""
    if not terms.required or is_holder(state, visit) or visit.who.unlimited:
        return None
    known = in_force(state, visit)
    if known is not None and known.user_id != visit.who.user_id and deed in REVEALING | CHANGING:
        return held_by_another(known)
    if deed not in REVEALING:
        return None
    if known is not None:
        return HooksRunning()
    return waits(state) or RequiresCheckout()


def waits(state: SecretState) -> KeptByCheckout | None:
    """Why nobody can check it out yet although nobody holds it; None when somebody can."""
    if state.runs:
        return HooksRunning()
    return ChangePending() if state.after_check_in else None


def held_by_another(known: Checkout) -> CheckedOut:
    until = known.until.strftime("%Y-%m-%d %H:%M UTC")
    return CheckedOut(f"The secret is checked out by {known.name} until {until}.")


def checked_in(state: SecretState, terms: CheckoutTerms, now: datetime) -> SecretState:
    """The state once nobody holds it. A change that is under way keeps its own time."""
    known = replace(state, checkout=None)
    if not terms.changes_password:
        return known
    due = state.change_due_at if state.change is ChangeResult.PENDING else now
    return replace(known, after_check_in=AfterCheckIn.WANTED, change_due_at=due)


def extended(known: Checkout, minutes: int, interval: timedelta, now: datetime) -> Checkout:
    """The checkout with another end, at most two intervals from now."""
    left = (now + 2 * interval - known.until) // MINUTE
    if not 1 <= minutes <= left:
        most = f"can be extended by 1 to {left} minutes" if left > 0 else "cannot be extended yet"
        raise Invalid(f"The checkout {most}.")
    return replace(known, until=known.until + timedelta(minutes=minutes))


def noted(notes: str) -> str:
    """The note as it goes onto the trail. Raises Invalid for one that is too long."""
    if len(notes) > MAX_NOTES:
        raise Invalid(f"notes must be at most {MAX_NOTES} characters.")
    return notes.strip()


def minutes_left(state: SecretState, now: datetime) -> int:
    """Minutes until the checkout's end, those begun included; 0 for none."""
    return max(-((now - state.checkout.until) // MINUTE), 0) if state.checkout else 0


def demand_terms(terms: CheckoutTerms, kind: Template) -> None:
    """Raise Invalid for terms that a template cannot keep."""
    if terms.changes_password and not kind.changer:
        raise Invalid("Passwords of this template are on no system that Conclave can change.")


def demand_idle(state: SecretState) -> None:
    """Raise Invalid while the terms are what somebody relies on."""
    if state.checkout is not None:
        raise Invalid("Checkout can be set once the secret is checked in.")
    if state.runs:
        raise Invalid("Checkout can be set once its hooks have run.")
    if state.after_check_in:
        raise Invalid("Checkout can be set once the password change of the check-in is over.")
