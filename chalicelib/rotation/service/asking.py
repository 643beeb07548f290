"""What people ask of rotation: a heartbeat now, a change now, no further attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Invalid, MaintenanceMode
from chalicelib.core.plain import Plain
from chalicelib.rotation import change as changes
from chalicelib.rotation import progress
from chalicelib.rotation.change import PasswordChange, Stage
from chalicelib.rotation.heartbeat import demand_pause
from chalicelib.rotation.progress import Calendar
from chalicelib.vault.comment import SILENCE, Comment
from chalicelib.vault.secret import Stored
from chalicelib.vault.state import AfterCheckIn, SecretState

from .offering import Offering, Step
from .ports import Found, Ports, Write

UNSETTLED = (
    "No stored password logs in. Store the right one in the secret first, or ask for a change "
    "without a new password: then all that are kept are tried again."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person whose right to ask was checked.

    waits: whether he looks on; else his work has no precedence over what is due
    cause: what he asked for it with
    why:   as he says
    """

    user_id: int
    address: str = ""
    waits: bool = True
    cause: str = ""
    why: Comment = SILENCE

    def audit(self, action: str, secret_id: int, now: datetime, detail: str) -> AuditRecord:
        item, detail = str(secret_id), self.why.beside(detail)
        return AuditRecord(
            self.user_id, action, "Secret", item, now, detail, self.address, cause=self.cause
        )


@dataclass(frozen=True, slots=True)
class Asking:
    ports: Ports
    offering: Offering

    def heartbeat(self, asker: Asker, stored: Stored, now: datetime) -> SecretState:
        """Check the password now; the state from then on. Asked again, nothing more happens.

        Throttled while the target has just refused it: see `heartbeat.demand_pause`.
        """
        return self._twice(stored, lambda one: self._heartbeat(asker, one, now))

    def _heartbeat(self, asker: Asker, stored: Stored, now: datetime) -> SecretState:
        state, secret = stored.state, stored.secret
        _demand_changer(stored)
        if state.heartbeat_item:
            return state
        if state.change_item or self._resolving(stored):
            raise Conflict("A password change is under way: its end says which password is right.")
        demand_pause(state, now)
        step = self.offering.heartbeat_now(stored, asker.user_id, now, at_once=asker.waits)
        record = asker.audit("HEARTBEAT", secret.id, now, "asked for")
        self.ports.commit(step.writes, [record], step.events)
        return step.state

    def change(
        self, asker: Asker, stored: Stored, given: Plain | None, now: datetime
    ) -> SecretState:
        """Change the password to a given or a random one, as soon as no other work is out.

        Of a secret none of whose values logged in, all are tried again instead. Conflict: a change
        is under way already.
        """
        _demand_changer(stored)
        if not self.ports.may_change():
            raise MaintenanceMode
        return self._twice(stored, lambda one: self._change(asker, one, given, now))

    def _change(
        self, asker: Asker, stored: Stored, given: Plain | None, now: datetime
    ) -> SecretState:
        found = self.ports.store.find((), [stored.secret.id])
        former = found.changes.get(stored.secret.id)
        change = self._wanted(asker, stored, former, given, now)
        record = asker.audit("PASSWORD CHANGE", stored.secret.id, now, _told(change, given))
        step = self._step(stored, change, found, now, at_once=asker.waits)
        self.ports.commit(step.writes, [replace(record, cause=change.id)], step.events)
        return step.state

    def stop(self, asker: Asker, stored: Stored, now: datetime) -> bool:
        """No further attempt. One under way is still brought to a known end; false: none is."""
        id = stored.secret.id
        item_id = stored.state.change_item
        found = self.ports.store.find([item_id] if item_id else [], [id])
        change = found.changes.get(id)
        wanted = stored.state.after_check_in is AfterCheckIn.WANTED
        if change is None or not change.is_open:
            if not wanted:
                return False
            writes = [self.ports.vault.put_state(_unwanted(stored, now))]
        else:
            writes = self._stopped(stored, change, item_id, found, now)
        self.ports.commit(writes, [asker.audit("PASSWORD CHANGE", id, now, "stopped")])
        return True

    def changes(self, secret_id: int, now: datetime) -> list[PasswordChange]:
        """The password changes of a secret, newest first. Two calls."""
        found: Found = self.ports.store.find((), [secret_id])
        return [*found.changes.values(), *self.ports.store.past(secret_id, now)]

    def _twice(self, stored: Stored, attempt: Callable[[Stored], SecretState]) -> SecretState:
        """Once more on the secret as it is now, when a tick or an answer came in between."""
        try:
            return attempt(stored)
        except Conflict:
            id = stored.secret.id
            fresh = self.ports.vault.fetch([id]).get(id)
            if fresh is None or fresh.state.version == stored.state.version:
                raise
            if fresh.state.checkout != stored.state.checkout:
                raise  # what he may do with it depends on who holds it
            return attempt(fresh)

    def _wanted(
        self,
        asker: Asker,
        stored: Stored,
        former: PasswordChange | None,
        given: Plain | None,
        now: datetime,
    ) -> PasswordChange:
        if former is not None and former.stage is Stage.OUT_OF_SYNC:
            if given:
                raise Conflict(UNSETTLED)
            return changes.resumed(former, now)
        if former is not None and former.is_open:
            raise Conflict("A password change of this secret is under way already.")
        value = given or self.ports.vault.fresh_password(stored.secret)
        begun = self.offering.begun(stored, value, now)
        return replace(begun, given=given is not None, asker=asker.user_id)

    def _step(
        self,
        stored: Stored,
        change: PasswordChange,
        found: Found,
        now: datetime,
        *,
        at_once: bool,
    ) -> Step:
        """Offer it at once, or store it as due when a heartbeat is out."""
        if progress.later(stored.state, now) is None:
            return self.offering.next_for(stored, change, found, now, at_once=at_once)
        waiting = progress.shown(stored.state, change, Calendar(now, None))
        former = found.changes.get(change.secret_id)
        kept: Sequence[Write] = (
            [self.ports.store.save_change(change, found)]
            if former is not None and former.id == change.id
            else self.offering.replacing(change, found, now)
        )
        return Step(waiting, [*kept, self.ports.vault.put_state(waiting)])

    def _stopped(
        self, stored: Stored, change: PasswordChange, item_id: str, found: Found, now: datetime
    ) -> list[Write]:
        after = changes.stopped(change, now)
        writes = [self.ports.store.save_change(after, found)]
        known = stored.state
        if known.after_check_in is AfterCheckIn.WANTED:
            known = replace(known, after_check_in=AfterCheckIn.NOTHING)
        if after.stage is not Stage.STOPPED:
            unwanted = [self.ports.vault.put_state(known)] if known != stored.state else []
            return [*writes, *unwanted]
        item = found.items.get(item_id)
        if item is not None and item.is_open:
            writes.append(self.ports.store.save_item(item.over(), found))
        state: SecretState = progress.shown(known, after, _calendar(stored, now))
        return [*writes, self.ports.vault.put_state(state)]

    def _resolving(self, stored: Stored) -> bool:
        found = self.ports.store.find((), [stored.secret.id])
        change = found.changes.get(stored.secret.id)
        return change is not None and change.stage is Stage.RESOLVING


def _calendar(stored: Stored, now: datetime) -> Calendar:
    secret = stored.secret
    return Calendar(now, None, secret.expires_at(), secret.switches.auto_change)


def _unwanted(stored: Stored, now: datetime) -> SecretState:
    """The state without the change that a check-in asked for and nobody has begun."""
    state: SecretState = stored.state
    due_at = _calendar(stored, now).next_change
    return replace(state, after_check_in=AfterCheckIn.NOTHING, change_due_at=due_at)


def _demand_changer(stored: Stored) -> None:
    if not stored.secret.on_target:
        raise Invalid("Secrets of this template are on no system that can be checked or changed.")


def _told(change: PasswordChange, given: Plain | None) -> str:
    if change.stage is Stage.RESOLVING:
        return "asked to find out which password is in force"
    return "asked for, to a given password" if given else "asked for"
