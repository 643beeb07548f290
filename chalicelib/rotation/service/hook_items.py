"""Hooks as work items: given out one by one, and what follows from how each ended.

A hook is given out in the transaction that lets the next one run, so as long as one waits, one is
out; an item that nobody takes or answers is found by its lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.changers.target import Login, Outcome, Target
from chalicelib.changers.target import Script as Task
from chalicelib.changers.work import Answer, Work, WorkKind
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.plain import Plain
from chalicelib.rotation.item import Item
from chalicelib.vault import hook as hooks
from chalicelib.vault import hooking
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Run
from chalicelib.vault.hooking import Offer
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import SecretState

from .accounts import Accounts
from .ports import Found, Ports, Write

UNTAKEN = "nobody took it in time"
SILENT = "whoever took it did not answer: it may have run"
AGAIN = "it is given out again"
GONE = "it was taken off"


@dataclass(frozen=True, slots=True)
class HookItems:
    ports: Ports

    def offered(self, secret: Secret, state: SecretState, now: datetime) -> Offer:
        """The state with its next hook out, if one waits and none is. No call."""
        if not state.runs or state.hook_item:
            return Offer(state)
        run = state.runs[0]
        item = replace(
            self.ports.offered(WorkKind.HOOK, Stored(secret, state), now),
            value=run.hooks[0],
            asker=run.user_id,
        )
        out = replace(state, hook_item=item.id)
        event = self.ports.event(item, now, at_once=True)
        return Offer(out, [self.ports.store.save_item(item)], [event])

    def work(self, item: Item, stored: Stored) -> Work:
        """What its holder is given. Raises when the hook cannot run as things are.

        One read of the script, and one of the account if it is another's.
        """
        secret = stored.secret
        hook = hooking.next_hook(secret, stored.state)
        if hook is None or hook.id != item.value or not hook.is_active:
            raise NotFound(GONE)
        script = self.ports.vault.script(hook.script_id)
        if script is None or not script.is_active:
            raise Invalid("its script is not active")
        target = self._target(secret, hook)
        words = hooks.words(hook, secret.template, lambda slug: self.ports.vault.open(secret, slug))
        login = self._login(stored, hook, target)
        task = Task(Plain(script.text), words)
        return Work(WorkKind.HOOK, hooks.CHANGER, target, login, script=task)

    def answered(  # noqa: PLR0913 - an answer and all that it is about
        self, item: Item, found: Found, stored: Stored, answer: Answer, through: str, now: datetime
    ) -> None:
        """Record how a hook ended, and give the next one out. Conflict: something moved."""
        done = self.ports.store.save_item(item.answered(item.holder, item.fence), found)
        if stored.state.hook_item != item.id:
            self.ports.commit([done])
            return
        failed = answer.status != Outcome.SUCCESS
        told = f"{answer.status}: {answer.detail}" if answer.detail else answer.status
        pinned = _pinned(stored, answer)
        pins = [self.ports.vault.put(pinned)] if pinned is not stored.secret else []
        self._end(replace(stored, secret=pinned), [done, *pins], failed, told, (item, through), now)

    def silent(self, item: Item, found: Found, stored: Stored, now: datetime) -> bool:
        """End an item that nobody took or answered; false when that waits, or somebody was faster.

        Hooks that nobody waits for are given out again, some times. None ends in maintenance mode.
        """
        if not self.ports.may_change():
            return False
        over = self.ports.store.save_item(item.over(), found)
        state = stored.state
        try:
            if state.hook_item != item.id:
                self.ports.commit([over])
                return True
            why = SILENT if item.holder else UNTAKEN
            again = hooking.untaken(state) if stored.secret.is_active else None
            if again is None:
                self._end(stored, [over], True, why, (item, ""), now)
            else:
                line = _line(stored, f"{why}; {AGAIN}", (item, ""), now)
                self._write(stored.secret, again, [over], [line], now)
        except Conflict:
            return False
        return True

    def _end(  # noqa: PLR0913 - how it ended, and through whom
        self,
        stored: Stored,
        writes: Sequence[Write],
        failed: bool,
        told: str,
        by: tuple[Item, str],
        now: datetime,
    ) -> None:
        secret, state = stored.secret, stored.state
        lines = [_line(stored, told, by, now)]
        after = _dropped(state) if not secret.is_active else None
        after = after or hooking.ended(secret, state, failed, now)
        lines += _checkout_lines(state, after, now)
        self._write(secret, after, writes, lines, now)

    def _write(
        self,
        secret: Secret,
        after: SecretState,
        writes: Sequence[Write],
        lines: Sequence[AuditRecord],
        now: datetime,
    ) -> None:
        offer = self.offered(secret, after, now)
        state = self.ports.vault.put_state(offer.state)
        self.ports.commit([*writes, state, *offer.writes], lines, offer.events)

    def _target(self, secret: Secret, hook: Hook) -> Target:
        pins = (hook.pin,) if hook.pin else _own_pins(secret, hook)
        if hook.machine:
            return Target(hook.machine, hook.port, pins=pins)
        own = Accounts(self.ports).target(secret)
        return Target(own.machine, hook.port or own.port, pins=pins)

    def _login(self, stored: Stored, hook: Hook, target: Target) -> Login:
        """The account that runs it, and only where it may; none whose password is in doubt."""
        accounts = Accounts(self.ports)
        account = accounts.privileged(hook.account, target.machine) if hook.account else stored
        if account.secret.template.changer != hooks.CHANGER:
            raise Invalid("the account is on no system that runs scripts")
        return accounts.sure_login(account)


def _own_pins(secret: Secret, hook: Hook) -> tuple[str, ...]:
    """The secret's pins count where its own machine is meant, if that is a host of this kind."""
    is_there = not hook.machine and not hook.port
    return secret.pins if is_there and secret.template.changer == hooks.CHANGER else ()


def _pinned(stored: Stored, answer: Answer) -> Secret:
    """The secret whose hook keeps the host's key, if none was known and a login went well there."""
    secret, hook = stored.secret, hooking.next_hook(stored.secret, stored.state)
    is_login = answer.status == Outcome.SUCCESS or answer.status.startswith("script-")
    if hook is None or hook.pin or not answer.pin or not is_login or _own_pins(secret, hook):
        return secret
    after = replace(hook, pin=answer.pin)
    return replace(secret, hooks=tuple(after if one.id == hook.id else one for one in secret.hooks))


def _dropped(state: SecretState) -> SecretState:
    """Of a deleted secret, nothing runs any more."""
    pending = state.checkout is not None and state.checkout.is_pending
    return replace(state, runs=(), hook_item="", checkout=None if pending else state.checkout)


def _line(stored: Stored, told: str, by: tuple[Item, str], now: datetime) -> AuditRecord:
    """What the trail says of one run: whose checkout or check-in, which hook, how it ended."""
    run: Run = stored.state.runs[0]
    hook, (item, through) = hooking.next_hook(stored.secret, stored.state), by
    named = hook.label if hook else f"hook {run.hooks[0]}"
    return _about(
        "HOOK", stored.state, now, f"{named}, {run.label}: {told}", run.user_id, item, through
    )


def _checkout_lines(before: SecretState, after: SecretState, now: datetime) -> list[AuditRecord]:
    """That a checkout stands from now on, or was refused."""
    held = before.checkout
    if held is None or not held.is_pending or after.checkout == held:
        return []
    if after.checkout is None:
        why = after.refused.why if after.refused else "the secret is deleted"
        return [_about("CHECK OUT REFUSED", before, now, why, held.user_id)]
    told = f"its hooks have run: until {after.checkout.until:%Y-%m-%d %H:%M:%S} UTC"
    return [_about("CHECK OUT", before, now, told, held.user_id)]


def _about(  # noqa: PLR0913 - a line of the trail
    action: str,
    state: SecretState,
    now: datetime,
    told: str,
    user_id: int,
    item: Item | None = None,
    through: str = "",
) -> AuditRecord:
    id, cause = str(state.secret_id), item.id if item else ""
    return AuditRecord(user_id, action, "Secret", id, now, told, through=through, cause=cause)
