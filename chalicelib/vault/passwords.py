"""Passwords by requirement: how they are made, and what is wrong with one."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

LOWER, UPPER = string.ascii_lowercase, string.ascii_uppercase
DIGITS = "1234567890"
SYMBOLS = "!@#$%^&*()"


class Chance(Protocol):
    """What of `random.Random` is used here; `secrets.SystemRandom` at the edge."""

    def choice(self, seq: str) -> str: ...

    def shuffle(self, x: list[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many characters of a set. `name` says it to people."""

    name: str
    characters: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Requirement:
    """The rules of a password. The sets of `at_least` do not overlap.

    length: of those made here
    """

    id: int
    name: str
    least: int
    most: int
    length: int
    characters: str
    at_least: tuple[AtLeast, ...]

    def __post_init__(self) -> None:
        if not self._is_possible():
            raise Invalid("No password can meet this requirement.")

    def _is_possible(self) -> bool:
        needed = sum(rule.count for rule in self.at_least)
        fits = max(self.least, needed) <= self.length <= self.most
        return fits and all(set(rule.characters) <= set(self.characters) for rule in self.at_least)


DEFAULT = Requirement(
    id=1,
    name="Default",
    least=12,
    most=128,
    length=12,
    characters=LOWER + UPPER + DIGITS + SYMBOLS,
    at_least=(
        AtLeast("lower-case letter", LOWER),
        AtLeast("upper-case letter", UPPER),
        AtLeast("digit", DIGITS),
        AtLeast("symbol", SYMBOLS),
    ),
)

REQUIREMENTS: Mapping[int, Requirement] = MappingProxyType({DEFAULT.id: DEFAULT})


def requirement(id: int | None) -> Requirement:
    """The requirement of that id; the default one for fields that name none."""
    return REQUIREMENTS.get(id or DEFAULT.id, DEFAULT)


def generate(rules: Requirement, chance: Chance) -> Plain:
    """A password that meets the requirement."""
    forced = [chance.choice(rule.characters) for rule in rules.at_least for _ in range(rule.count)]
    free = [chance.choice(rules.characters) for _ in range(rules.length - len(forced))]
    made = forced + free
    chance.shuffle(made)
    return Plain("".join(made))


def faults(password: Plain, rules: Requirement) -> list[str]:
    """What is wrong with a password, in words that do not show it; nothing when it is right."""
    value = password.reveal()
    found = []
    if not rules.least <= len(value) <= rules.most:
        found.append(f"it must have {rules.least} to {rules.most} characters")
    if set(value) - set(rules.characters):
        found.append("it has a character that is not allowed")
    for rule in rules.at_least:
        if sum(one in rule.characters for one in value) < rule.count:
            found.append(f"it needs at least {rule.count} {rule.name}")
    return found


def demand(password: Plain, rules: Requirement) -> None:
    """Raise Invalid, saying every fault, unless the password meets the requirement."""
    found = faults(password, rules)
    if found:
        raise Invalid(f"The password does not meet its requirement: {'; '.join(found)}.")
