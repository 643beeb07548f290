"""Passwords by requirement: how they are made, and what is wrong with one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Protocol

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .character_set import CharacterSet
from .dictionary import has_a_word
from .requirement import Requirement, RuleKind

TRIES = 500
RUN = 4
"""So many characters in a row make a pattern: `abcd`, `4321`, `qwer`."""

KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Chance(Protocol):
    """What of `random.Random` is used here; `secrets.SystemRandom` at the edge."""

    def choice(self, seq: str) -> str: ...

    def shuffle(self, x: list[str]) -> None: ...


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
        (rules.no_words and has_a_word(folded), "it contains a word of the dictionary"),
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
