"""What passwords must meet: rules about sets of characters, and requirements. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

from chalicelib.core.errors import Invalid

from .character_set import CHARACTER_SETS, CharacterSet

MAX_LENGTH = 512
MAX_RULES = 20
MAX_NAME = 100
MAX_DESCRIPTION = 500
MADE_LENGTH = 12
"""Characters of a password made here, where its requirement allows that many."""


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
    no_username, no_sequences, no_keyboard_runs, no_words: what it must not contain
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
    no_words: bool = False
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

    @property
    def sets(self) -> dict[int, CharacterSet]:
        """Those it is made of, by id."""
        return {one.id: one for one in (self.allowed, *(rule.of for rule in self.rules)) if one}

    def with_set(self, changed: CharacterSet) -> Requirement:
        """With a set as it is now. Invalid if it then makes no sense."""

        def now(one: CharacterSet | None) -> CharacterSet | None:
            return changed if one and one.id == changed.id else one

        rules = tuple(replace(one, of=now(one.of)) for one in self.rules)
        return replace(self, allowed=now(self.allowed) or self.allowed, rules=rules)

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
