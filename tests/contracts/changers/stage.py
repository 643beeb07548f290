"""One kind of target on which the contract of changers is played, as its suite sees it."""

from __future__ import annotations

from typing import Protocol

from chalicelib.changers.target import Changer, Login, Target
from chalicelib.core.plain import Plain


class Stage(Protocol):
    """A target with accounts, seen from both sides. Fresh accounts for every test."""

    changer: Changer
    weak: str  # a new password that the target's rules refuse
    shows_pins: bool

    def target(self, *pins: str) -> Target:
        """Where it is."""

    def account(self, password: Plain) -> str:
        """A fresh account; its name."""

    def administrator(self) -> Login:
        """An account that may change others' passwords."""

    def opens(self, username: str, password: Plain) -> bool:
        """Whether the password is in force, found out by another path than the changer's."""

    def refused_logins(self, username: str) -> int:
        """How many wrong logins the target itself has counted."""

    def rekey(self) -> None:
        """Another host key or certificate at the same address."""

    def written(self) -> str:
        """Everything that the target wrote to its log."""
