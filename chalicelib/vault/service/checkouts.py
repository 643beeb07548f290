"""Checking secrets out and in: each is one change of the secret's state, and on the trail.

Who comes second meets the state of who came first: every change holds only for the state that it
was decided on, and is decided anew when that has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import ConclaveError, Conflict, Invalid
from chalicelib.core.ids import Ids
from chalicelib.core.tick import Tally
from chalicelib.vault import checkout as rules
from chalicelib.vault import comment, hooking
from chalicelib.vault.checkout import Access, CheckedOut, KeptByCheckout
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, HookRuns, Secrets
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import Checkout, SecretState
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found

LIMIT = 100
"""What one slice of a tick takes up: two batched reads."""

TOGETHER = 20
"""Check-ins of one transaction: two rows each."""


@dataclass(frozen=True, slots=True)
class CheckoutService:
    """minutes: how long a checkout lasts where its secret does not say
    refusal: why this node may not check anything in now; None when it may. One read.
    """

    finder: Finder
    secrets: Secrets
    commit: Commit
    ids: Ids
    hooks: HookRuns
    minutes: Callable[[], int]
    refusal: Callable[[], ConclaveError | None]

    def check_out(self, visit: Visit, at: At) -> Found:
        """Let the visitor hold a secret. May be repeated: who holds it already goes on as he does.

        CheckedOut while another holds it, ChangePending while its password is being changed after
        a check-in, Invalid for a secret that is not to be checked out. HooksRunning while hooks
        of the check-in before run, or of this checkout: then it waits for them, and who asks again
        holds it, or meets HookFailed, once.
        """
        return self._taken(visit, self.finder.secret(visit, at, Deed.CHECK_OUT))

    def check_in(self, visit: Visit, at: At, *, force: bool = False) -> Found:
        """Let nobody hold a secret. May be repeated.

        CheckedOut when another holds it and nothing is forced; AccessDenied without the right to.
        """
        return self._returned(visit, self.finder.granted(visit, at, Deed.CHECK_OUT), force=force)

    def extend(self, visit: Visit, at: At, minutes: int | None, notes: str) -> Checkout:
        """Let the holder hold it longer: by so many minutes, or by its interval. Each call again.

        RequiresCheckout for who does not hold it; Invalid for more than two intervals from now.
        """

        note = rules.noted(notes)

        def once(found: Found) -> Found:
            known, state = rules.own(found.state, visit), found.state
            interval = found.secret.checkout.interval(self.minutes())
            more = minutes if minutes is not None else interval // rules.MINUTE
            after = rules.extended(known, more, interval, visit.now)
            state = comment.lasting(state, visit.who.user_id, visit.now, after.until)
            told = f"by {more} minutes. {note}".strip()
            line = visit.audit("EXTEND CHECK OUT", "Secret", found.secret.id, told)
            return self._written(visit, found, replace(state, checkout=after), [line])

        found = self.finder.granted(visit, at, Deed.CHECK_OUT)
        return rules.own(self.finder.settled(visit, found, Deed.CHECK_OUT, once).state, visit)

    def admitted(self, visit: Visit, at: At, access: Access) -> Found:
        """The secret, for who may see its values now: checked in and out first, as far as asked.

        No call for who holds it, and where nothing is to be checked out.
        """
        found = self.finder.granted(visit, at, Deed.REVEAL)
        why = self.finder.kept(visit, found, Deed.REVEAL)
        if why is None:
            return found
        if not isinstance(why, KeptByCheckout):
            raise self.finder.refused(visit, found, Deed.REVEAL, why)
        if access.forces and isinstance(why, CheckedOut):
            found = self._returned(visit, found, force=True)
        if not access.takes:
            why = self.finder.kept(visit, found, Deed.REVEAL) or why
            raise self.finder.refused(visit, found, Deed.REVEAL, why)
        return self._taken(visit, found)

    def given_back(self, visit: Visit, found: Found) -> Found:
        """The secret, checked in by its holder."""
        return self._returned(visit, found, force=False)

    def check_in_what_is_over(self, now: datetime, limit: int = LIMIT) -> Tally:
        """Check in every secret whose checkout has come to its end. May be repeated.

        Each holds only for the checkout that was read. Nothing over: one Query a shard. Nothing is
        checked in where nothing may be written, as in maintenance mode.
        """
        ids = self.secrets.checkouts_over(now, limit)
        if not ids or self.refusal():
            return Tally(len(ids))
        over = [one for one in self.secrets.fetch(ids).values() if _is_over(one.state, now)]
        done = sum(self._together(some, now) for some in _groups(over))
        return Tally(len(ids), done, 0, "more" if done and len(ids) >= limit else "")

    def _together(self, some: Sequence[Stored], now: datetime) -> int:
        """Check several in at once, or each alone when one was written meanwhile. How many were.

        One that is refused alone was checked in, extended or worked on: a later tick looks again.
        """
        steps = [_ended(one.secret, one.state, now) for one in some]
        offers = [
            self.hooks.offered(one.secret, state, now)
            for one, (state, _) in zip(some, steps, strict=True)
        ]
        states = [self.secrets.put_state(one.state) for one in offers]
        items = [write for one in offers for write in one.writes]
        events = [event for one in offers for event in one.events]
        try:
            self.commit([*states, *items], [line for _, line in steps], events)
        except Conflict:
            return sum(self._together([one], now) for one in some) if len(some) > 1 else 0
        return len(some)

    def _taken(self, visit: Visit, found: Found) -> Found:
        if visit.refusal is not None:
            raise visit.refusal
        return self.finder.settled(visit, found, Deed.CHECK_OUT, lambda one: self._take(visit, one))

    def _take(self, visit: Visit, found: Found) -> Found:
        secret, state = found.secret, found.state
        if not secret.checkout.required:
            raise Invalid("The secret is not to be checked out.")
        if why := self.finder.kept(visit, found, Deed.CHECK_OUT):
            raise self.finder.refused(visit, found, Deed.CHECK_OUT, why)
        if rules.in_force(state, visit):
            rules.own(state, visit)
            return found
        lines = []
        if state.checkout is not None:
            state, line = _ended(secret, state, visit.now)
            lines.append(line)
        if waits := rules.waits(state):
            if lines:
                self._written(visit, found, state, lines)
            raise waits
        self._tell_refused(visit, found, state)
        return self._checked_out(visit, found, state, lines)

    def _tell_refused(self, visit: Visit, found: Found, state: SecretState) -> None:
        """Raise HookFailed, once, for who was refused: he may ask anew."""
        told = state.refused
        if told is not None and told.counts(visit.who.user_id, visit.now):
            self._written(visit, found, replace(state, refused=None), [])
            raise rules.HookFailed(told.why)

    def _checked_out(
        self, visit: Visit, found: Found, state: SecretState, lines: Sequence[AuditRecord]
    ) -> Found:
        """Let him hold it; HooksRunning once that waits for its hooks."""
        after = hooking.begun(found.secret, state, self._begun(visit, found.secret))
        known = rules.taken(after)
        told = "asked for: hooks run first" if known.is_pending else _until(known)
        line = self.finder.line(visit, found, "CHECK OUT", told)
        after = comment.kept(after, visit.comment, visit.who.user_id, visit.now, known.until)
        done = self._written(visit, found, after, [*lines, line])
        if known.is_pending:
            raise rules.HooksRunning
        return done

    def _begun(self, visit: Visit, secret: Secret) -> Checkout:
        until = visit.now + secret.checkout.interval(self.minutes())
        name = visit.who.display_name or visit.who.name
        return Checkout(self.ids(), visit.who.user_id, name, visit.now, until)

    def _returned(self, visit: Visit, found: Found, *, force: bool) -> Found:
        if visit.refusal is not None:
            raise visit.refusal
        return self.finder.settled(
            visit, found, Deed.CHECK_OUT, lambda one: self._return(visit, one, force=force)
        )

    def _return(self, visit: Visit, found: Found, *, force: bool) -> Found:
        known, secret = found.state.checkout, found.secret
        if known is None:
            return found
        is_others = rules.in_force(found.state, visit) and known.user_id != visit.who.user_id
        if is_others and not force:
            why = rules.held_by_another(known)
            raise self.finder.refused(visit, found, Deed.CHECK_OUT, why)
        if is_others:
            self.finder.demand(visit, found, Deed.FORCE_CHECK_IN)
        action = "FORCE CHECK IN" if is_others else "CHECK IN"
        line = visit.audit(action, "Secret", secret.id, _told(known, visit.who.user_id))
        after = hooking.returned(secret, found.state, visit.who.user_id, visit.now)
        return self._written(visit, found, after, [line])

    def _written(
        self, visit: Visit, found: Found, state: SecretState, lines: Sequence[AuditRecord]
    ) -> Found:
        """Write the state, if neither it nor the secret was changed since they were read."""
        offer = self.hooks.offered(found.secret, state, visit.now)
        writes = [self.secrets.put_state(offer.state), self.secrets.unchanged(found.secret)]
        self.commit([*writes, *offer.writes], lines, offer.events)
        return replace(found, state=replace(offer.state, version=state.version + 1))


def _is_over(state: SecretState, now: datetime) -> bool:
    """Whether its checkout is over: the index may lag behind."""
    return state.checkout is not None and state.checkout.until <= now


def _ended(secret: Secret, state: SecretState, now: datetime) -> tuple[SecretState, AuditRecord]:
    """The state without its checkout, whose time is over, and the line of the trail."""
    told = _told(state.checkout) if state.checkout else ""
    line = AuditRecord(SYSTEM, "CHECK IN", "Secret", str(secret.id), now, told)
    return hooking.returned(secret, state, SYSTEM, now), line


def _groups(over: Sequence[Stored]) -> Iterator[Sequence[Stored]]:
    """So many at a time: fewer of those whose check-in gives a hook out, which is two rows more."""
    with_hooks = [one for one in over if one.secret.hooks]
    without = [one for one in over if not one.secret.hooks]
    for some, most in ((without, TOGETHER), (with_hooks, TOGETHER // 2)):
        for start in range(0, len(some), most):
            yield some[start : start + most]


def _until(known: Checkout) -> str:
    return f"until {known.until:%Y-%m-%d %H:%M:%S} UTC"


def _told(known: Checkout, by: int = SYSTEM) -> str:
    """Whose checkout it was, where that is not who ended it."""
    if by == SYSTEM and known.is_pending:
        return f"its hooks did not end in time: {known.name} waits no more"
    if by == SYSTEM:
        return f"its time was over: {known.name} held it until {known.until:%Y-%m-%d %H:%M:%S} UTC"
    return "" if by == known.user_id else f"{known.name} held it"
