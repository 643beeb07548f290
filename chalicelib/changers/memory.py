"""Targets inside the process, with faults on demand: the stand-in for every other kind.

A `MemoryHost` is plugged in under a machine's name; a `Memory` changer reaches all that are
plugged in. Hosts count the wrong logins they saw, because that count is what may never grow.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from threading import RLock

from chalicelib.core.plain import Plain

from .target import (
    USUAL,
    Checked,
    Limits,
    Login,
    Outcome,
    Ran,
    Refused,
    Script,
    Target,
    Uncertain,
    Unreachable,
    shut_out,
)


class Fault(StrEnum):
    """What can go wrong with one call to a host."""

    UNREACHABLE = "nobody answers"
    CUT_AFTER_LOGIN = "accepts the login, then the line is cut; nothing changed"
    REFUSES = "refuses the change"
    REFUSES_BY_POLICY = "refuses the new password by its rules"
    CHANGED_BUT_SAYS_NO = "changes the password and says that it did not"
    SAYS_YES_BUT_DID_NOT = "says that it changed the password and did not"
    CUT_BEFORE_CHANGE = "the line is cut in the middle; nothing changed"
    CUT_AFTER_CHANGE = "the line is cut in the middle; the password is changed"


CHANGE_FAULTS = frozenset(Fault) - {Fault.UNREACHABLE}


@dataclass(eq=False)
class MemoryHost:
    """A target with accounts. `lockout` wrong logins in a row lock an account, 0 means never.

    ran:      the scripts that ran: who, and its arguments
    statuses: how the next ones end; those after them end with 0
    """

    accounts: dict[str, Plain] = field(default_factory=dict)
    pin: str = "memory-key-1"
    lockout: int = 0
    shortest: int = 8
    administrators: frozenset[str] = frozenset({"root"})
    faults: deque[Fault] = field(default_factory=deque)
    logins: Counter[str] = field(default_factory=Counter)
    wrong_logins: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    statuses: deque[int | None] = field(default_factory=deque)
    lock: RLock = field(default_factory=RLock)

    def arm(self, *faults: Fault) -> None:
        """The next calls meet these faults, one each; change faults wait for a change."""
        self.faults.extend(faults)

    def opens(self, username: str, password: Plain) -> bool:
        """Whether the password is the account's, seen from inside: counts nothing."""
        with self.lock:
            return username in self.accounts and self.accounts[username].same(password)

    def unlock(self, username: str) -> None:
        """The lockout window has passed."""
        self.misses[username] = 0

    def is_locked(self, username: str) -> bool:
        return 0 < self.lockout <= self.misses[username]

    def log_in(self, login: Login) -> Outcome:
        """One login, counted."""
        with self.lock:
            self.logins[login.username] += 1
            right = self.opens(login.username, login.password)
            self.wrong_logins[login.username] += not right
            if self.is_locked(login.username):
                return Outcome.LOCKED_OUT
            self.misses[login.username] = 0 if right else self.misses[login.username] + 1
            return Outcome.SUCCESS if right else Outcome.FAILED

    def take_fault(self, among: frozenset[Fault]) -> Fault | None:
        """The fault that this call meets, used up."""
        with self.lock:
            if self.faults and self.faults[0] in among:
                return self.faults.popleft()
            return None

    def store(self, username: str, new: Plain) -> None:
        with self.lock:
            self.accounts[username] = new
            self.changes[username] += 1


HOSTS: dict[str, MemoryHost] = {}
"""The hosts of this process by machine name."""


def plug(machine: str, host: MemoryHost) -> MemoryHost:
    """Make `host` reachable as `machine`, in place of what was."""
    HOSTS[machine] = host
    return host


class Memory:
    """Changer of targets inside the process. Follows the contract of `Changer` to the letter."""

    def __init__(self, hosts: dict[str, MemoryHost] | None = None, limits: Limits = USUAL) -> None:
        """`limits` never matter: a host in memory answers at once."""
        self._hosts = HOSTS if hosts is None else hosts

    def verify(self, target: Target, login: Login) -> Checked:
        if not target.machine or not login.username:
            return Checked(Outcome.ARGUMENT, detail="there can be no such target")
        host = self._hosts.get(target.machine)
        if host is None or host.take_fault(frozenset({Fault.UNREACHABLE})):
            return Checked(Outcome.UNREACHABLE, detail="nobody answers there")
        if target.pins and host.pin not in target.pins:
            return Checked(Outcome.PIN_MISMATCH, host.pin, "the host shows another key")
        outcome = host.log_in(login)
        detail = "" if outcome is Outcome.SUCCESS else "the target refused the login"
        return Checked(outcome, host.pin, detail)

    def run(self, target: Target, login: Login, script: Script) -> Ran:
        checked = self.verify(target, login)
        if checked.outcome is not Outcome.SUCCESS:
            return Ran(checked)
        host = self._hosts[target.machine]
        host.ran.append((login.username, *script.words))
        return Ran(checked, host.statuses.popleft() if host.statuses else 0)

    def change(
        self, target: Target, login: Login, new: Plain, privileged: Login | None = None
    ) -> str | None:
        checked = self.verify(target, privileged or login)
        if checked.outcome is not Outcome.SUCCESS:
            raise shut_out(checked, privileged)
        host = self._hosts[target.machine]
        if privileged is not None and privileged.username not in host.administrators:
            raise Refused("the privileged account may not change passwords there")
        fault = host.take_fault(CHANGE_FAULTS)
        _refuse(host, login, new, fault)
        if fault not in (Fault.SAYS_YES_BUT_DID_NOT, Fault.CUT_BEFORE_CHANGE):
            host.store(login.username, new)
        if fault is Fault.CHANGED_BUT_SAYS_NO:
            raise Refused("the target refused the change")
        if fault in (Fault.CUT_BEFORE_CHANGE, Fault.CUT_AFTER_CHANGE):
            raise Uncertain("the line was cut while the password was being changed")
        return host.pin


def _refuse(host: MemoryHost, login: Login, new: Plain, fault: Fault | None) -> None:
    """What the host says no to, before anything changes."""
    if fault is Fault.CUT_AFTER_LOGIN:
        raise Unreachable("the line was cut before the change began")
    if fault is Fault.REFUSES:
        raise Refused("the target refused the change")
    if login.username not in host.accounts:
        raise Refused("there is no such account")
    if fault is Fault.REFUSES_BY_POLICY or len(new.reveal()) < host.shortest:
        raise Refused("the target's rules refuse the new password", policy=True)
