"""Generated passwords meet their requirement; given ones are measured against it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.character_set import CHARACTER_SETS
from chalicelib.vault.passwords import demand, faults, generate
from chalicelib.vault.requirement import (
    DEFAULT,
    PIN,
    Requirement,
    Rule,
    RuleKind,
)

LOWER, UPPER, DIGITS, SYMBOLS = (CHARACTER_SETS[id] for id in (2, 3, 4, 5))
WORDY = Requirement(
    9,
    "Wordy",
    8,
    16,
    CHARACTER_SETS[10],
    (
        Rule(RuleKind.STARTS_WITH, 2, UPPER, 1),
        Rule(RuleKind.ENDS_WITH, 1, DIGITS, 2),
        Rule(RuleKind.MINIMUM_OF, 4, UPPER, 3),
        Rule(RuleKind.MAX_CONSECUTIVE, 3, LOWER, 4),
        Rule(RuleKind.REPEATING, 3, None, 5),
        Rule(RuleKind.REPEATING_CONSECUTIVE, 1, None, 6),
    ),
    no_sequences=True,
    no_keyboard_runs=True,
)
TWO_OF_FOUR = replace(DEFAULT, least=6, sets_needed=2)


@pytest.mark.parametrize(
    ("rules", "seed"), list(product((DEFAULT, PIN, WORDY, TWO_OF_FOUR), range(15)))
)
def test_what_is_made_meets_its_requirement(rules: Requirement, seed: int) -> None:
    assert faults(generate(rules, random.Random(seed)), rules) == []  # noqa: S311 - repeatable


def test_two_are_never_the_same() -> None:
    chance = random.SystemRandom()
    assert len({generate(DEFAULT, chance).reveal() for _ in range(200)}) == 200


def test_forced_characters_may_stand_anywhere() -> None:
    first = {generate(DEFAULT, random.Random(seed)).reveal()[0] for seed in range(200)}  # noqa: S311
    assert any(one.isdigit() for one in first)
    assert any(one.isupper() for one in first)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("aB1!aB1!aB1", "12 to 128"),
        ("aB1!" * 33, "12 to 128"),
        ("ab1!ab1!ab1!", "upper-case"),
        ("AB1!AB1!AB1!", "lower-case"),
        ("aBc!aBc!aBc!", "digit"),
        ("aB1caB1caB1c", "symbol"),
        ("aB1! aB1! aB1!", "not allowed"),
    ],
)
def test_each_fault_is_named_without_the_value(value: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault) as refused:
        demand(Plain(value), DEFAULT)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("qVBUXG.h.k.9", "start with"),
        ("QVBUXG.h.k.z", "end with"),
        ("QVb.x.g.h.k9", "at least 4"),
        ("QVBUXGhkpt.9", "in a row of"),
        ("QVBUXGaQaQaQ9", "at most 3 times"),
        ("QVBUXGaa.k.9", "times in a row"),
        ("QVBUXGlk.jh9", ""),
        ("QVBUXGl1234", "sequence"),
        ("QVBUQWERal9", "keys in a row"),
    ],
)
def test_each_kind_of_rule_has_its_fault(value: str, fault: str) -> None:
    found = faults(Plain(value), WORDY)
    assert found == [] if not fault else any(fault in one for one in found)


def test_enough_kinds_of_characters_are_enough() -> None:
    assert faults(Plain("abcdefgh12"), TWO_OF_FOUR) == []
    assert faults(Plain("abcdefghij"), TWO_OF_FOUR) == ["it needs characters of 2 kinds"]


def test_the_user_name_may_be_forbidden() -> None:
    rules = replace(DEFAULT, no_username=True)
    value = Plain("x-Root-1!aaaaaa".replace("-", "#"))
    assert faults(value, rules, Plain("root")) == ["it contains the user name"]
    assert faults(value, rules, Plain("")) == []
    assert faults(value, rules) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"least": 13, "most": 12},
        {"least": 0},
        {"most": 513},
        {"name": ""},
        {"sets_needed": 5},
        {"rules": (Rule(RuleKind.MINIMUM_OF, 200, LOWER),)},
        {"rules": (Rule(RuleKind.MINIMUM_OF, 1, CHARACTER_SETS[9]),), "allowed": DIGITS},
        {"rules": (Rule(RuleKind.MINIMUM_OF, 1, LOWER), Rule(RuleKind.MINIMUM_OF, 1, CHARACTER_SETS[6]))},  # noqa: E501
    ],
)  # fmt: skip
def test_a_requirement_that_nothing_can_meet_is_refused_when_it_is_written(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(Invalid):
        replace(DEFAULT, **wrong)  # type: ignore[arg-type]


def test_rules_that_leave_nothing_are_found_when_none_can_be_made() -> None:
    none = replace(PIN, rules=(Rule(RuleKind.REPEATING, 1),), least=12, most=12)
    with pytest.raises(Invalid, match="could be made"):
        generate(none, random.Random(1))  # noqa: S311 - repeatable


def test_a_rule_without_its_set_or_number_is_refused() -> None:
    with pytest.raises(Invalid, match="characterSetId"):
        Rule(RuleKind.STARTS_WITH, 1)
    with pytest.raises(Invalid, match="minCharactersRequired"):
        Rule(RuleKind.REPEATING, 0)
