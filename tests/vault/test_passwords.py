"""Generated passwords meet their requirement; given ones are measured against it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.passwords import DEFAULT, AtLeast, demand, faults, generate


@pytest.mark.parametrize("seed", range(50))
def test_what_is_made_meets_its_requirement(seed: int) -> None:
    assert faults(generate(DEFAULT, random.Random(seed)), DEFAULT) == []  # noqa: S311 - repeatable


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


def test_a_requirement_that_nothing_can_meet_is_refused_when_it_is_written() -> None:
    with pytest.raises(Invalid):
        replace(DEFAULT, length=8)
    with pytest.raises(Invalid):
        replace(DEFAULT, at_least=(AtLeast("umlaut", "ä"),))
    with pytest.raises(Invalid):
        replace(DEFAULT, at_least=(AtLeast("digit", "123", 13),))
