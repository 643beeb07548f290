"""What hooks do to a secret's state. Pure.

    free -> pending -> held      hooks before a checkout: it stands once they have ended well
            pending -> free      one that stops has failed, or nobody ran them in time
    held -> free                 hooks of a check-in run after it: until they have, nobody checks
                                 the secret out

One hook of a secret runs at a time, the others wait in `runs`. As long as any waits, one is out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from . import checkout as rules
from . import comment
from .hook import Hook, runs_at
from .hook_run import Event, Moment, Refused, Run
from .secret import Secret
from .state import Checkout, SecretState

PENDING = timedelta(minutes=15)
"""How long a checkout waits for its hooks at most."""

TRIES = 3
"""How often a hook is given out that nobody does: who waits for his checkout asks again himself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A state with the next hook out, and what is written and told for that."""

    state: SecretState
    writes: Sequence[Any] = ()
    events: Sequence[Any] = ()


def begun(secret: Secret, state: SecretState, known: Checkout) -> SecretState:
    """The state with a checkout that somebody has asked for: it stands, or waits for its hooks."""
    free = replace(state, refused=None)
    if not runs_at(secret.hooks, Event.CHECK_OUT, Moment.BEFORE):
        return _stands(secret, replace(free, checkout=known))
    pending = replace(known, until=known.since + PENDING, is_pending=True)
    minutes = (known.until - known.since) // rules.MINUTE
    waits = replace(free, checkout=pending)
    return _queued(secret, waits, Event.CHECK_OUT, Moment.BEFORE, known.user_id, minutes)


def returned(secret: Secret, state: SecretState, user_id: int, now: datetime) -> SecretState:
    """The state once nobody holds it. Of a checkout that never stood, what is out comes to its end.

    user_id: who checks it in
    """
    if state.checkout is not None and state.checkout.is_pending:
        first = tuple(replace(one, hooks=one.hooks[:1]) for one in state.runs[:1])
        return replace(state, checkout=None, runs=first)
    after = rules.checked_in(state, secret.checkout, now)
    after = _queued(secret, after, Event.CHECK_IN, Moment.BEFORE, user_id)
    return _queued(secret, after, Event.CHECK_IN, Moment.AFTER, user_id)


def ended(secret: Secret, state: SecretState, failed: bool, now: datetime) -> SecretState:
    """The state once the hook that is out has ended, well or not; the next one is not out yet."""
    run, later = state.runs[0], state.runs[1:]
    known = next_hook(secret, state)
    stops = failed and known is not None and known.stops
    rest = () if stops else run.hooks[1:]
    free = replace(state, hook_item="", runs=later)
    if rest:
        return replace(free, runs=(replace(run, hooks=rest, tries=0), *later))
    held = state.checkout
    if not run.gates or held is None or not held.is_pending:
        return free
    if stops and known is not None:
        why = known.failure_message or f"The hook {known.name} failed."
        return replace(free, checkout=None, refused=Refused(held.user_id, why, now))
    until = now + timedelta(minutes=run.minutes)
    stands = replace(held, since=now, until=until, is_pending=False)
    lasting = comment.lasting(free, held.user_id, now, until)
    return _stands(secret, replace(lasting, checkout=stands))


def untaken(state: SecretState) -> SecretState | None:
    """The state to give the hook out again, that nobody has done; None when that is its end."""
    run, later = state.runs[0], state.runs[1:]
    if run.gates or run.tries + 1 >= TRIES:
        return None
    return replace(state, hook_item="", runs=(replace(run, tries=run.tries + 1), *later))


def next_hook(secret: Secret, state: SecretState) -> Hook | None:
    """The hook that is out, or to be given out next; None for none, or one taken off meanwhile."""
    id = state.runs[0].hooks[0] if state.runs else 0
    return next((one for one in secret.hooks if one.id == id), None)


def _stands(secret: Secret, state: SecretState) -> SecretState:
    holder = state.checkout.user_id if state.checkout else 0
    return _queued(secret, state, Event.CHECK_OUT, Moment.AFTER, holder)


def _queued(  # noqa: PLR0913 - which hooks, and for whom
    secret: Secret,
    state: SecretState,
    event: Event,
    moment: Moment,
    user_id: int,
    minutes: int = 0,
) -> SecretState:
    ids = runs_at(secret.hooks, event, moment)
    more = (Run(event, moment, user_id, ids, minutes),) if ids else ()
    return replace(state, runs=(*state.runs, *more))
