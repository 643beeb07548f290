"""Passwords by requirement: how they are made, and what is wrong with one. Pure."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Protocol

from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.plain import Plain

LOWER, UPPER = string.ascii_lowercase, string.ascii_uppercase
DIGITS = "1234567890"
SYMBOLS = "!@#$%^&*()"

MAX_LENGTH = 512
MAX_RULES = 20
MAX_NAME = 100
MAX_DESCRIPTION = 500
MADE_LENGTH = 12
"""Characters of a password made here, where its requirement allows that many."""

TRIES = 500
RUN = 4
"""So many characters in a row make a pattern: `abcd`, `4321`, `qwer`."""

KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Chance(Protocol):
    """What of `random.Random` is used here; `secrets.SystemRandom` at the edge."""

    def choice(self, seq: str) -> str: ...

    def shuffle(self, x: list[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """Characters under a name that says them to people."""

    id: int
    name: str
    characters: str
    abbreviation: str = ""


CHARACTER_SETS: Mapping[int, CharacterSet] = MappingProxyType(
    {
        one.id: one
        for one in (
            CharacterSet(1, "Default", LOWER + UPPER + DIGITS + SYMBOLS, "a-zA-Z1-90!@#$%^&*()"),
            CharacterSet(2, "Lower-case letters", LOWER, "a-z"),
            CharacterSet(3, "Upper-case letters", UPPER, "A-Z"),
            CharacterSet(4, "Digits", DIGITS, "0-9"),
            CharacterSet(5, "Symbols", SYMBOLS, SYMBOLS),
            CharacterSet(6, "Letters", LOWER + UPPER, "a-zA-Z"),
            CharacterSet(7, "Letters and digits", LOWER + UPPER + DIGITS, "a-zA-Z0-9"),
            CharacterSet(8, "Hexadecimal", DIGITS + "abcdef", "0-9a-f"),
            CharacterSet(9, "Punctuation", string.punctuation, string.punctuation),
            CharacterSet(
                10, "All that a keyboard has", LOWER + UPPER + DIGITS + string.punctuation, "!-~"
            ),
        )
    }
)
"""The sets there are. Own ones are not among what this release can make."""


def character_set(id: int) -> CharacterSet:
    """The set of that id. NotFound when there is none."""
    try:
        return CHARACTER_SETS[id]
    except KeyError:
        raise NotFound(f"The character set {id} was not found.") from None


class RuleKind(StrEnum):
    """The contract's PasswordRequirementType."""

    MINIMUM_OF = "MinimumOf"
    STARTS_WITH = "StartsWith"
    ENDS_WITH = "EndsWith"
    MAX_CONSECUTIVE = "MaxConsecutive"
    REPEATING = "Repeating"
    REPEATING_CONSECUTIVE = "RepeatingConsecutive"


NEED_A_SET = frozenset({RuleKind.MINIMUM_OF, RuleKind.STARTS_WITH, RuleKind.ENDS_WITH})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with its number: at least, or at most, so many.

    of: the set that it is about; None for any character, where the kind allows that
    """

    kind: RuleKind
    count: int
    of: CharacterSet | None = None
    id: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_LENGTH:
            raise Invalid(f"minCharactersRequired must be 1 to {MAX_LENGTH}.")
        if self.of is None and self.kind in NEED_A_SET:
            raise Invalid(f"A rule {self.kind} needs a characterSetId.")

    def is_about(self, one: str) -> bool:
        return self.of is None or one in self.of.characters

    def fault(self, value: str) -> str:
        """What the rule says against a value, in words that do not show it; "" for nothing."""
        return "" if _HOLDS[self.kind](self, value) else self.told

    @property
    def told(self) -> str:
        """The rule as a demand on "it", the password."""
        of = self.of.name.lower() if self.of else "any kind"
        return f"it {_TOLD[self.kind]}".format(count=self.count, of=of)


_TOLD: Mapping[RuleKind, str] = {
    RuleKind.MINIMUM_OF: "needs at least {count} of: {of}",
    RuleKind.STARTS_WITH: "must start with {count} of: {of}",
    RuleKind.ENDS_WITH: "must end with {count} of: {of}",
    RuleKind.MAX_CONSECUTIVE: "may have at most {count} in a row of: {of}",
    RuleKind.REPEATING: "may have the same character at most {count} times",
    RuleKind.REPEATING_CONSECUTIVE: "may have the same character at most {count} times in a row",
}


def _has_few_in_a_row(rule: Rule, value: str) -> bool:
    runs = groupby(value, rule.is_about)
    return all(len(list(run)) <= rule.count for is_about, run in runs if is_about)


def _repeats_little(rule: Rule, value: str) -> bool:
    return all(value.count(one) <= rule.count for one in set(value) if rule.is_about(one))


def _repeats_little_in_a_row(rule: Rule, value: str) -> bool:
    runs = groupby(value)
    return all(len(list(run)) <= rule.count for one, run in runs if rule.is_about(one))


_HOLDS: Mapping[RuleKind, Callable[[Rule, str], bool]] = {
    RuleKind.MINIMUM_OF: lambda rule, value: sum(map(rule.is_about, value)) >= rule.count,
    RuleKind.STARTS_WITH: lambda rule, value: (
        len(value) >= rule.count and all(map(rule.is_about, value[: rule.count]))
    ),
    RuleKind.ENDS_WITH: lambda rule, value: (
        len(value) >= rule.count and all(map(rule.is_about, value[-rule.count :]))
    ),
    RuleKind.MAX_CONSECUTIVE: _has_few_in_a_row,
    RuleKind.REPEATING: _repeats_little,
    RuleKind.REPEATING_CONSECUTIVE: _repeats_little_in_a_row,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """The rules of a password. The sets of its minima do not overlap.

    least, most:  its length
    allowed:      the characters it may have
    sets_needed:  how many of the minima must hold; None for all
    no_username, no_sequences, no_keyboard_runs: what it must not contain
    version:      of the stored row; None for one that is not stored
    """

    id: int
    name: str
    least: int
    most: int
    allowed: CharacterSet
    rules: tuple[Rule, ...] = ()
    sets_needed: int | None = None
    no_username: bool = False
    no_sequences: bool = False
    no_keyboard_runs: bool = False
    description: str = ""
    is_default: bool = False
    version: int | None = None

    def __post_init__(self) -> None:
        for is_wrong, why in self._mistakes():
            if is_wrong:
                raise Invalid(why)

    @property
    def minima(self) -> tuple[Rule, ...]:
        return self._of(RuleKind.MINIMUM_OF)

    @property
    def length(self) -> int:
        """Of those made here."""
        forced = sum(one.count for one in self.rules if one.kind in NEED_A_SET)
        return min(max(self.least, MADE_LENGTH, forced), self.most)

    def _of(self, kind: RuleKind) -> tuple[Rule, ...]:
        return tuple(one for one in self.rules if one.kind is kind)

    def _mistakes(self) -> Iterable[tuple[bool, str]]:
        name, minima = self.name.strip(), self.minima
        sets = [one.of.characters for one in minima if one.of]
        named = [one.of for one in self.rules if one.of and one.kind in NEED_A_SET]
        yield not name or len(name) > MAX_NAME, f"name must have 1 to {MAX_NAME} characters."
        yield len(self.description) > MAX_DESCRIPTION, "The description is too long."
        yield (
            not 1 <= self.least <= self.most <= MAX_LENGTH,
            (f"minPasswordLength and maxPasswordLength must be 1 to {MAX_LENGTH}, in that order."),
        )
        yield len(self.rules) > MAX_RULES, f"At most {MAX_RULES} rules."
        yield len("".join(sets)) != len(set().union(*sets)), "The minima's sets overlap."
        yield (
            any(not set(one.characters) & set(self.allowed.characters) for one in named),
            ("No password can meet this requirement: a rule's characters are not allowed ones."),
        )
        yield (
            sum(one.count for one in minima) > self.most and self.sets_needed is None,
            ("No password can meet this requirement: its minima are more than its length."),
        )
        yield (
            self.sets_needed is not None and not 1 <= self.sets_needed <= len(minima),
            ("minimumRequiredCharacterSets must be 1 to the number of rules MinimumOf."),
        )


def _at_least_one(number: int, set_id: int) -> Rule:
    return Rule(RuleKind.MINIMUM_OF, 1, CHARACTER_SETS[set_id], number)


DEFAULT = Requirement(
    id=1,
    name="Default",
    least=12,
    most=128,
    allowed=CHARACTER_SETS[1],
    rules=tuple(_at_least_one(number, set_id) for number, set_id in enumerate((2, 3, 4, 5), 1)),
    is_default=True,
)
PIN = Requirement(id=2, name="PIN", least=4, most=12, allowed=CHARACTER_SETS[4])

REQUIREMENTS: Mapping[int, Requirement] = MappingProxyType({one.id: one for one in (DEFAULT, PIN)})
"""The built-in ones; a stored one of the same id counts instead."""

FIRST_OWN = 1_000
"""Ids below are those of built-in requirements."""


def generate(rules: Requirement, chance: Chance) -> Plain:
    """A password that meets the requirement. Invalid when none was found that does."""
    for _ in range(TRIES):
        made = Plain("".join(_draft(rules, chance)))
        if not faults(made, rules):
            return made
    raise Invalid("No password that meets this requirement could be made: ask for less.")


def _draft(rules: Requirement, chance: Chance) -> list[str]:
    """Characters that meet what needs so many of a set, and by luck the rest."""
    first, last = (_edge(rules, kind) for kind in (RuleKind.STARTS_WITH, RuleKind.ENDS_WITH))
    edges = [one.id for one in (*first, *last)]
    middle = [
        _usable(rules, rule.of)
        for rule in rules.minima
        for _ in range(max(rule.count - edges.count(rule.of.id if rule.of else 0), 0))
    ]
    free = max(rules.length - len(first) - len(last) - len(middle), 0)
    middle += [_usable(rules, None)] * free
    drawn = [chance.choice(one) for one in middle]
    chance.shuffle(drawn)
    return [
        *(chance.choice(_usable(rules, one)) for one in first),
        *drawn,
        *(chance.choice(_usable(rules, one)) for one in last),
    ]


def _edge(rules: Requirement, kind: RuleKind) -> Sequence[CharacterSet]:
    """The set of each character that the first rule of a kind fixes."""
    for one in rules.rules:
        if one.kind is kind and one.of:
            return [one.of] * one.count
    return []


def _usable(rules: Requirement, of: CharacterSet | None) -> str:
    allowed = rules.allowed.characters
    return allowed if of is None else "".join(one for one in of.characters if one in allowed)


def faults(password: Plain, rules: Requirement, username: Plain | None = None) -> list[str]:
    """What is wrong with a password, in words that do not show it; nothing when it is right."""
    value = password.reveal()
    found = []
    if not rules.least <= len(value) <= rules.most:
        found.append(f"it must have {rules.least} to {rules.most} characters")
    if set(value) - set(rules.allowed.characters):
        found.append("it has a character that is not allowed")
    minima = [fault for one in rules.minima if (fault := one.fault(value))]
    if rules.sets_needed is None:
        found += minima
    elif len(rules.minima) - len(minima) < rules.sets_needed:
        found.append(f"it needs characters of {rules.sets_needed} kinds")
    others = (one for one in rules.rules if one.kind is not RuleKind.MINIMUM_OF)
    found += [fault for one in others if (fault := one.fault(value))]
    return found + _contained(value, rules, username)


def _contained(value: str, rules: Requirement, username: Plain | None) -> list[str]:
    folded = value.casefold()
    name = username.reveal().strip().casefold() if username else ""
    tests = (
        (rules.no_username and name != "" and name in folded, "it contains the user name"),
        (rules.no_sequences and _has_sequence(folded), "it contains a sequence"),
        (rules.no_keyboard_runs and _has_keyboard_run(folded), "it contains keys in a row"),
    )
    return [why for is_so, why in tests if is_so]


def _has_sequence(value: str) -> bool:
    """Whether letters or digits follow one another up or down, or repeat, RUN times."""
    known = [one if one.isalnum() else "" for one in value]
    steps = [ord(b) - ord(a) if a and b else None for a, b in pairwise(known)]
    return _is_long(steps, frozenset({-1, 0, 1}))


def _has_keyboard_run(value: str) -> bool:
    """Whether neighbours of one row of a keyboard follow one another, RUN times."""
    places = {key: (n, at) for n, row in enumerate(KEYBOARD) for at, key in enumerate(row)}
    known = [places.get(one) for one in value]
    steps = [b[1] - a[1] if a and b and a[0] == b[0] else None for a, b in pairwise(known)]
    return _is_long(steps, frozenset({-1, 1}))


def _is_long(steps: Sequence[int | None], wanted: frozenset[int]) -> bool:
    return any(step in wanted and len(list(run)) >= RUN - 1 for step, run in groupby(steps))


def demand(password: Plain, rules: Requirement, username: Plain | None = None) -> None:
    """Raise Invalid, saying every fault, unless the password meets the requirement."""
    found = faults(password, rules, username)
    if found:
        raise Invalid(f"The password does not meet its requirement: {'; '.join(found)}.")
