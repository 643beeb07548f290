"""Hand a piece of work to one holder, once, with what it needs to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.changers.target import Login, Outcome
from chalicelib.changers.work import Answer, Work, WorkKind
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import (
    AccessDenied,
    Conflict,
    Invalid,
    MaintenanceMode,
    NotFound,
    Stale,
    Unsealable,
)
from chalicelib.rotation import change as changes
from chalicelib.rotation import heartbeat
from chalicelib.rotation.change import CURRENT, PasswordChange
from chalicelib.rotation.item import Item
from chalicelib.sites import given
from chalicelib.vault import hooking
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import SecretState

from .accounts import Accounts
from .conclusion import Conclusion
from .hook_items import HookItems
from .ports import Found, Ports, Write, about, password_version


@dataclass(frozen=True, slots=True)
class Claimer:
    """Who asks for work.

    holder:  written on the item: `engine 3`, `node node-a`
    name:    for people
    site_id: whose work it may have
    """

    holder: str
    name: str
    site_id: int


@dataclass(frozen=True, slots=True, eq=False)
class Claimed:
    """Work in the hands of its holder. `deadline`: it must have begun by then."""

    item: Item
    work: Work
    deadline: timedelta


@dataclass(frozen=True, slots=True)
class _Case:
    """An item with all that its claim is decided on."""

    item: Item
    found: Found
    stored: Stored
    change: PasswordChange | None
    changes_found: Found

    @property
    def secret(self) -> Secret:
        return self.stored.secret


@dataclass(frozen=True, slots=True)
class Claims:
    """conclusion: ends what cannot be done, as if its holder had said so."""

    ports: Ports
    conclusion: Conclusion

    def claim(
        self, claimer: Claimer, item_id: str, now: datetime, also: Sequence[Write] = ()
    ) -> Claimed:
        """One claim: the item, the secret's state and its audit rows in one transaction.

        Not to be repeated: the second time it is Stale, whoever asks, because the first may have
        begun. Stale: taken, expired, withdrawn or overtaken by an edit. AccessDenied: another
        site's work; audited. MaintenanceMode: no change or hook now. NotFound: no such item.

        also: writes of the claimer's own that hold only together with the claim
        """
        case = self._case(claimer, item_id, now)
        try:
            work = self._work(case)
        except (Invalid, Unsealable, AccessDenied, NotFound) as error:
            self._undoable(case, claimer, str(error), now)
            raise Stale("this work cannot be done as the secret is now") from error
        item = case.item.claimed(
            claimer.holder, case.stored.state.version + 1, now, password_version(case.secret)
        )
        try:
            lines = _trail(item, claimer, now, _whose(case))
            self.ports.commit([*self._writes(case, item, now), *also], lines)
        except Conflict as error:
            raise Stale("somebody else was faster") from error
        return Claimed(item, work, item.deadline)

    def refuse(self, claimer: Claimer, item_id: str, why: str, now: datetime) -> None:
        """Write down that somebody asked for what is not his."""
        self.ports.commit.record(
            AuditRecord(0, "CLAIM REFUSED", "Item", item_id, now, why, through=claimer.name)
        )

    def _case(self, claimer: Claimer, item_id: str, now: datetime) -> _Case:
        found = self.ports.store.find([item_id])
        item = found.items.get(item_id)
        if item is None:
            raise NotFound("The work item was not found.")
        self._demand_site(claimer, item, item.site_id, now)
        if not item.is_claimable(now):
            raise Stale("this work is no longer on offer")
        stored = self.ports.vault.fetch([item.secret_id]).get(item.secret_id)
        if stored is None or not stored.state.is_active:
            raise Stale("the secret is deleted")
        self._demand_site(claimer, item, stored.secret.site_id, now)
        if item.kind is not WorkKind.HEARTBEAT and not self.ports.may_change():
            raise MaintenanceMode
        if item.kind in (WorkKind.HEARTBEAT, WorkKind.HOOK):
            return _Case(item, found, stored, None, found)
        return self._change_case(item, found, stored)

    def _change_case(self, item: Item, found: Found, stored: Stored) -> _Case:
        changes_found = self.ports.store.find((), [item.secret_id])
        change = changes_found.changes.get(item.secret_id)
        if change is None or change.id != item.change_id:
            raise Stale("this password change is over")
        return _Case(item, found, stored, change, changes_found)

    def _demand_site(self, claimer: Claimer, item: Item, site_id: int, now: datetime) -> None:
        if site_id != claimer.site_id:
            self.refuse(claimer, item.id, "the secret belongs to another site", now)
            raise AccessDenied("This work belongs to another site.")

    def _writes(self, case: _Case, item: Item, now: datetime) -> list[Write]:
        state = _claimed_state(case.stored.state, item, now)
        writes = [
            self.ports.store.save_item(item, case.found),
            self.ports.vault.put_state(state),
        ]
        if case.change is not None and item.kind is WorkKind.CHANGE:
            begun = changes.seen(changes.claimed(case.change), password_version(case.secret))
            writes.append(self.ports.store.save_change(begun, case.changes_found))
        return writes

    def _work(self, case: _Case) -> Work:
        """What the holder is given. Raises when the secret does not say enough."""
        secret, item = case.secret, case.item
        if item.kind is WorkKind.HOOK:
            return HookItems(self.ports).work(item, case.stored)
        accounts = Accounts(self.ports)
        work = Work(
            kind=item.kind,
            changer=secret.template.changer,
            target=accounts.target(secret),
            login=accounts.login(secret),
        )
        if case.change is None:
            return work
        if item.kind is WorkKind.VERIFY and item.value != CURRENT:
            tried = self.ports.store.open(case.change, item.value)
            return replace(work, login=Login(work.login.username, tried))
        if item.kind is WorkKind.CHANGE:
            candidate = self.ports.store.open(case.change, item.value)
            return replace(work, candidate=candidate, privileged=self._privileged(secret, work))
        return work

    def _privileged(self, secret: Secret, work: Work) -> Login | None:
        """What changes it, if not the account itself."""
        if not secret.privileged_id:
            return None
        accounts = Accounts(self.ports)
        return accounts.sure_login(accounts.privileged(secret.privileged_id, work.target.machine))

    def _undoable(self, case: _Case, claimer: Claimer, why: str, now: datetime) -> None:
        """End the item as its holder would: nothing was begun."""
        item = case.item.claimed(claimer.holder, case.stored.state.version + 1, now)
        item = replace(item, given=password_version(case.secret))
        answer = Answer(Outcome.ARGUMENT, why)
        self.conclusion.write(item, case.found, case.stored, answer, claimer.name, now)


def _claimed_state(state: SecretState, item: Item, now: datetime) -> SecretState:
    """Only the item that is out for this secret is claimed. Raises Stale for one overtaken."""
    if item.kind is WorkKind.HEARTBEAT:
        if state.heartbeat_item != item.id:
            raise Stale("this heartbeat is no longer wanted")
        return heartbeat.claimed(state)
    if item.kind is WorkKind.HOOK:
        if state.hook_item != item.id:
            raise Stale("this hook is no longer wanted")
        return state
    if state.change_item != item.id:
        raise Stale("this password change is no longer wanted")
    return replace(state, change_attempted_at=now)


def _whose(case: _Case) -> int:
    """The secret whose password is handed out to log in by."""
    is_hook = case.item.kind is WorkKind.HOOK
    known = hooking.next_hook(case.secret, case.stored.state) if is_hook else None
    return known.account if known and known.account else case.secret.id


def _trail(item: Item, claimer: Claimer, now: datetime, whose: int) -> list[AuditRecord]:
    """The secret's trail says who got its password; the holder's says what it was ever given."""
    told = f"{item.kind} handed to {claimer.name}, fence {item.fence}"
    kind, _, id = claimer.holder.partition(" ")
    of_other = f"{told}, for secret {item.secret_id}"
    others = [about("CLAIM", whose, now, of_other, through=claimer.name, cause=item.id)]
    return [
        about("CLAIM", item.secret_id, now, told, through=claimer.name, cause=item.id),
        *(others if whose != item.secret_id else ()),
        AuditRecord(
            0,
            given.GIVEN,
            kind.capitalize(),
            id,
            now,
            given.detail(whose, item.kind),
            through=claimer.name,
            cause=item.id,
        ),
    ]
