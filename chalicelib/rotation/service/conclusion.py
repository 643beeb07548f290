"""What follows from an answer: one transaction with the item, the change, the secret, the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.changers.target import Outcome
from chalicelib.changers.work import Answer, ChangeStatus, WorkKind
from chalicelib.rotation import change as changes
from chalicelib.rotation import heartbeat, progress
from chalicelib.rotation.change import CURRENT, PasswordChange, Retry, Stage
from chalicelib.rotation.item import Item
from chalicelib.rotation.progress import Calendar
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import ChangeResult, SecretState

from .hook_items import HookItems
from .ports import Found, Ports, Write, about, password_version

PROOFS = (ChangeStatus.REFUSED, ChangeStatus.REFUSED_BY_POLICY)
"""Answers to a change that say: a login has just shown that the old password stands."""

UNSETTLED = (ChangeResult.PENDING, ChangeResult.FAIL)


@dataclass(frozen=True, slots=True)
class Conclusion:
    ports: Ports
    retry: Retry = field(default_factory=Retry)

    def write(  # noqa: PLR0913 - an answer and all that it is about
        self, item: Item, found: Found, stored: Stored, answer: Answer, through: str, now: datetime
    ) -> None:
        """Record an answer of a claimed item. Raises Conflict when something moved: read again."""
        if item.kind is WorkKind.HEARTBEAT:
            self._heartbeat(item, found, stored, answer, through, now)
        elif item.kind is WorkKind.HOOK:
            HookItems(self.ports).answered(item, found, stored, answer, through, now)
        else:
            self._change(item, found, stored, answer, through, now)

    def silent(self, item: Item, found: Found, stored: Stored, now: datetime) -> list[Write]:
        """An item that nobody took or answered: the writes that let the work go on."""
        over = self.ports.store.save_item(item.over(), found)
        state = stored.state
        if item.kind is WorkKind.HEARTBEAT:
            if state.heartbeat_item != item.id:
                return [over]
            return [over, self.ports.vault.put_state(heartbeat.over(state, item.was, now))]
        of_changes = self.ports.store.find((), [item.secret_id])
        change = of_changes.changes.get(item.secret_id)
        if change is None or change.id != item.change_id or state.change_item != item.id:
            return [over]
        after = changes.silent(change, now, self.retry) if item.holder else change
        shown = progress.shown(state, after, self._calendar(stored.secret, now))
        return [
            over,
            self.ports.store.save_change(after, of_changes),
            self.ports.vault.put_state(shown),
        ]

    def _heartbeat(  # noqa: PLR0913
        self, item: Item, found: Found, stored: Stored, answer: Answer, through: str, now: datetime
    ) -> None:
        secret, state = stored.secret, stored.state
        done = item.answered(item.holder, item.fence)
        writes = [self.ports.store.save_item(done, found)]
        if state.heartbeat_item == item.id:
            after, more = self._after_heartbeat(item, stored, answer, now)
            writes += [self.ports.vault.put_state(after), *more]
        told = f"{answer.status}: {answer.detail}" if answer.detail else answer.status
        record = about("HEARTBEAT", secret.id, now, told, through=through, cause=item.id)
        self.ports.commit(writes, [record])

    def _after_heartbeat(
        self, item: Item, stored: Stored, answer: Answer, now: datetime
    ) -> tuple[SecretState, list[Write]]:
        secret, state = stored.secret, stored.state
        if not _is_of_now(item, secret):
            return heartbeat.outdated(state, now), []
        every = secret.template.heartbeat_every
        after = heartbeat.found(state, answer.status, answer.detail, now, every)
        if not secret.checks:
            after = replace(after, heartbeat_due_at=None)
        if answer.status != Outcome.SUCCESS:
            if item.was in heartbeat.FAILING:
                return after, []
            why = f"{after.heartbeat.value}. {answer.detail}".strip()
            return after, [*self.ports.vault.told_of_failure(secret, why, now)]
        pinned = _pinned(secret, answer)
        pins = [self.ports.vault.put(pinned)] if pinned is not secret else []
        settled, more = self._settled(after, secret, now)
        return settled, [*pins, *more]

    def _settled(
        self, state: SecretState, secret: Secret, now: datetime
    ) -> tuple[SecretState, list[Write]]:
        """The current password was proven: a change that was in doubt about it is over."""
        if state.change not in UNSETTLED or state.change_item:
            return state, []
        found = self.ports.store.find((), [secret.id])
        change = found.changes.get(secret.id)
        if change is None or change.stage not in (Stage.OUT_OF_SYNC, Stage.RESOLVING):
            return state, []
        due_at = self._calendar(secret, now).next_change
        known = replace(state, change=ChangeResult.FAIL, change_due_at=due_at)
        over = changes.proven_otherwise(change)
        return progress.ended(known, over, now), [self.ports.store.save_change(over, found)]

    def _change(  # noqa: PLR0913
        self, item: Item, found: Found, stored: Stored, answer: Answer, through: str, now: datetime
    ) -> None:
        of_changes = self.ports.store.find((), [item.secret_id])
        change = of_changes.changes.get(item.secret_id)
        done = self.ports.store.save_item(item.answered(item.holder, item.fence), found)
        if change is None or change.id != item.change_id:
            self.ports.commit([done])
            return
        after = self._after_change(item, change, stored.secret, answer, now)
        writes = [
            done,
            self.ports.store.save_change(after, of_changes),
            *self._promotion(after, item, stored, answer, now),
        ]
        told = f"{item.kind} {answer.status}: now {after.stage}. {after.message}".strip()
        record = about(
            "PASSWORD CHANGE", item.secret_id, now, told, through=through, cause=change.id
        )
        self.ports.commit(writes, [record])

    def _after_change(
        self, item: Item, change: PasswordChange, secret: Secret, answer: Answer, now: datetime
    ) -> PasswordChange:
        if item.kind is WorkKind.VERIFY:
            known = _is_of_now(item, secret) or item.value != CURRENT
            outcome = answer.status if known else Outcome.UNKNOWN
            return changes.tried(change, item.value, outcome, now, self.retry)
        if change.stage is Stage.WAITING:  # ended before it was handed out
            change = changes.claimed(change)
        after = changes.answered(change, answer.status, answer.detail, now, self.retry)
        if not changes.is_refused_by_policy(after, answer.status):
            return after
        number = changes.next_number(after)
        fresh = self.ports.vault.fresh_password(secret)
        return changes.renewed(after, self.ports.store.seal(fresh, after.id, number))

    def _promotion(
        self, after: PasswordChange, item: Item, stored: Stored, answer: Answer, now: datetime
    ) -> Sequence[Write]:
        """The secret's state, and the proven candidate as its current value, if one was."""
        secret = _pinned(stored.secret, answer) if _proves(item, answer) else stored.secret
        calendar = self._calendar(secret, now)
        writes: list[Write] = []
        judged = stored.state.judged
        if after.stage is Stage.DONE and after.proven:
            value = self.ports.store.open(after, after.proven)
            writes += self.ports.vault.promoted(secret, value, now)
            writes += self.ports.vault.told_of_change(secret, now)
            judged = self.ports.vault.judged(secret, value)
            fresh = secret.expiry.at(secret.template, now)
            calendar = replace(calendar, expires_at=fresh)
        proven = _proves(item, answer) and after.proven == CURRENT and _is_of_now(item, secret)
        shown = progress.shown(stored.state, after, calendar, proven=proven)
        return [*writes, self.ports.vault.put_state(replace(shown, judged=judged))]

    def _calendar(self, secret: Secret, now: datetime) -> Calendar:
        every = secret.template.heartbeat_every if secret.checks else None
        return Calendar(now, every, secret.expires_at(), secret.switches.auto_change)


def _is_of_now(item: Item, secret: Secret) -> bool:
    """Whether the current password is still the one that the item's holder was given."""
    return item.given == password_version(secret)


def _proves(item: Item, answer: Answer) -> bool:
    """Whether the answer comes from a login that the target accepted."""
    if item.kind is WorkKind.VERIFY:
        return answer.status == Outcome.SUCCESS
    return answer.status in (*PROOFS, ChangeStatus.CHANGED)


def _pinned(secret: Secret, answer: Answer) -> Secret:
    """The secret with the host's key as its pin, if it had none and a login went well there."""
    return secret if secret.pins or not answer.pin else replace(secret, pins=(answer.pin,))
