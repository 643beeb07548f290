"""Patterns for names match as regular expressions do, in bounded time, whatever they are."""

from __future__ import annotations

import random
import re
import time

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.vault.name_pattern import MAX_PATTERN, check_pattern, matches

LETTERS = "abcdxABC-019.]$"
PATTERNS = [
    r"^[A-Z]{3}-\d+$",
    "abc",
    "a|b|cd",
    "^(a|b)*c$",
    "^(?:ab){2,3}$",
    "^a?b+$",
    r"^\w+\.\w+$",
    "x{2,}$",
    r"^[^\]]+$",
    "^(a*)*$",
    "^(|a)b$",
    "^a+?b$",
    "^$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_name_matches_as_by_pythons_own_engine(pattern: str) -> None:
    expected = re.compile(re.sub(r"\$$", r"\\Z", pattern))
    chance = random.Random(7)  # noqa: S311 - repeatable
    for _ in range(200):
        name = "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 7)))
        assert matches(pattern, name) == bool(expected.search(name)), name


def test_every_name_matches_no_pattern() -> None:
    assert matches("", "anything")


@pytest.mark.parametrize(
    "pattern", ["^(a*)*(a*)*(a|a)*b$", "^(a|aa)+$", "^((a{0,9}){0,9})*b$", "^.*.*.*.*.*.*x$"]
)
def test_no_pattern_explodes(pattern: str) -> None:
    begun = time.process_time()
    assert not matches(pattern, "a" * 199 + "!")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "pattern",
    [
        "(a", "a)", "(?=a)b", r"(a)\1", "*a", "[a", "a{3,1}", "[b-a]", "a{9}{9}", "a**",
        "(" * 30 + ")" * 30, "a^b", "a$b", "(?P<x>a)", "^a|b$", r"\p", "(a{100}){100}",
        "a" * (MAX_PATTERN + 1),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_when_it_is_written(pattern: str) -> None:
    with pytest.raises(Invalid, match="namePattern"):
        check_pattern(pattern)
