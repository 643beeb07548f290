"""What changers speak of: a target, a login, what a check found, how a change can fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from chalicelib.core.errors import ConclaveError, Invalid
from chalicelib.core.plain import Plain


class Outcome(StrEnum):
    """What one login taught us. The names are the contract's heartbeat statuses."""

    SUCCESS = "Success"
    FAILED = "Failed"  # the target refused this password
    UNREACHABLE = "UnableToConnect"  # says nothing about the password
    LOCKED_OUT = "AccountLockedOut"
    DENIED = "AccessDenied"  # the password may be right; the account may not log in
    PIN_MISMATCH = "UnableToValidateServerPublicKey"  # no password left this machine
    INCOMPATIBLE = "IncompatibleHost"  # answers, but not in a way we accept
    ARGUMENT = "ArgumentError"  # machine, port, database or username cannot be right
    UNKNOWN = "UnknownError"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an account lives.

    port: 0 means the usual one of its kind
    pins: the host keys or certificates that count; none means that the first one seen is trusted
    """

    machine: str
    port: int = 0
    database: str = ""
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Login:
    """An account and a password for it."""

    username: str
    password: Plain


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of one check.

    pin:    what the host showed, once it has shown it: to be stored on first use
    detail: for people; never a secret value, never a raw reply of the target
    """

    outcome: Outcome
    pin: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """What a shell is to run. No word of it may be a secret value: machines show them to anybody.

    words: its arguments, each one word for the shell whatever it holds
    """

    text: Plain
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a script. Nothing that it wrote is kept: it could hold a value.

    checked: the login; a script runs only after one that succeeded
    status:  its exit status; None when it did not end in time, or the line was cut
    """

    checked: Checked
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step on the network may take.

    connect: to a line; login: from there until one is in, the exchange of keys included
    script:  until a script has ended
    """

    connect: timedelta = timedelta(seconds=5)
    login: timedelta = timedelta(seconds=10)
    step: timedelta = timedelta(seconds=10)
    script: timedelta = timedelta(seconds=30)

    @staticmethod
    def read(seconds: str) -> Limits:
        """As an operator writes them: for each step, and half of it to connect. Raises Invalid.

        "" stands for the usual ones.
        """
        if not seconds:
            return USUAL
        if not seconds.isdecimal() or int(seconds) not in PATIENCE:
            raise Invalid(f"a step on a target may take {PATIENCE[0]} to {PATIENCE[-1]} seconds")
        patience = timedelta(seconds=int(seconds))
        return Limits(patience / 2, patience, patience)


USUAL = Limits()
PATIENCE = range(1, 61)
"""Seconds that an operator may allow a step: a change must end within its claim's lease."""


class NotOpened(ConclaveError):
    """The login did not succeed; `checked` says what it taught us."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(checked.detail)
        self.checked = checked


class ChangeFailed(ConclaveError):
    """The password was not changed as asked."""


class Refused(ChangeFailed):
    """The target said no, and the old password stands."""

    def __init__(self, message: str = "", *, policy: bool = False) -> None:
        super().__init__(message)
        self.policy = policy


class Uncertain(ChangeFailed):
    """Either password may be in force."""


class NotBegun(ChangeFailed):
    """The change could not be begun, and nothing was changed."""

    def __init__(
        self, message: str = "", outcome: Outcome = Outcome.UNKNOWN, pin: str | None = None
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.pin = pin  # what the host showed, if it did: for a person to compare


class Unreachable(NotBegun):
    """The target did not answer, and nothing was changed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message, Outcome.UNREACHABLE)


class PinMismatch(NotBegun):
    """The host showed another key or certificate than the one known."""

    def __init__(self, message: str = "", pin: str | None = None) -> None:
        super().__init__(message, Outcome.PIN_MISMATCH, pin)


def shut_out(checked: Checked, privileged: Login | None) -> ChangeFailed:
    """The error of a change that did not get past its login, from what that login taught us."""
    match checked.outcome:
        case Outcome.PIN_MISMATCH:
            return PinMismatch(checked.detail, checked.pin)
        case Outcome.UNREACHABLE:
            return Unreachable(checked.detail)
        case Outcome.FAILED if privileged is None:
            return Uncertain("the target refused the current password")
        case Outcome.FAILED:
            refused = "the target refused the privileged account"
            return NotBegun(refused, Outcome.DENIED, checked.pin)
        case outcome:
            return NotBegun(checked.detail, outcome, checked.pin)


class Changer(Protocol):
    """One kind of target system. Messages repeat, so every method may be repeated.

    Each call makes at most one login per account, so at most one wrong one: lockout is an outage
    too. The host's key or certificate is checked before any password leaves; with no pin the first
    one seen is trusted and returned. No exception, log, repr or argument list holds a password.
    """

    def verify(self, target: Target, login: Login) -> Checked:
        """Does the target accept this password? Changes nothing, and raises nothing foreseeable."""

    def change(
        self, target: Target, login: Login, new: Plain, privileged: Login | None = None
    ) -> str | None:
        """Set the new password by the account itself, or by `privileged` if there is one.

        Returns only once the target has confirmed; the pin observed, if it shows one.
        A repeat after success finds its own login refused and raises Uncertain; by `privileged` it
        succeeds again.

        Refused: the target said no, and the old password stands; `.policy` if its rules said no.
        Uncertain: either password may be in force; the caller verifies to find out.
        NotBegun: no change was begun; `.outcome` says why. Two have names of their own:
        Unreachable: nobody answered, or no longer; nothing was changed.
        PinMismatch: the host is not the one known; nothing was sent, nothing changed.
        """


@runtime_checkable
class Runner(Protocol):
    """A changer whose accounts can run a script."""

    def run(self, target: Target, login: Login, script: Script) -> Ran:
        """Log in as `verify` does and run the script once. Raises nothing foreseeable.

        Each call runs it again. One that is cut may go on there.
        """
