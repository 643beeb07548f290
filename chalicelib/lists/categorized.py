"""A list: its name, and values by category, each of them once. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.core.errors import Invalid

MAX_NAME = 100
MAX_DESCRIPTION = 1_000
MAX_CATEGORY = 100
MAX_VALUE = 255
MOST_LISTS = 1_000
MOST_OPTIONS = 1_000
MOST_BYTES = 300_000
"""What the values of one list take: they are one row of at most 400 KB."""

_FORBIDDEN = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Option:
    """category: "" for none"""

    id: str
    value: str
    category: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands, whatever the case of its letters."""
        return (self.category.casefold(), self.value.casefold())


@dataclass(frozen=True, slots=True)
class ValueList:
    """size: how many values it has; version: of the stored row, which a change is based on"""

    id: str
    name: str
    description: str = ""
    is_active: bool = True
    size: int = 0
    version: int = 0


def demand_whole(one: ValueList) -> ValueList:
    """The list as it is stored. Invalid when it cannot be one."""
    if not 1 <= len(one.name) <= MAX_NAME or _FORBIDDEN.search(one.name):
        raise Invalid(f"A list's name has 1 to {MAX_NAME} characters.")
    if len(one.description) > MAX_DESCRIPTION:
        raise Invalid(f"A list's description has at most {MAX_DESCRIPTION} characters.")
    return one


def demand_option(one: Option) -> Option:
    """The value as it is stored. Invalid when it cannot be one."""
    if not 1 <= len(one.value) <= MAX_VALUE or _FORBIDDEN.search(one.value):
        raise Invalid(f"A value has 1 to {MAX_VALUE} characters.")
    if len(one.category) > MAX_CATEGORY or _FORBIDDEN.search(one.category):
        raise Invalid(f"A category has at most {MAX_CATEGORY} characters.")
    return one


def merged(present: Sequence[Option], added: Sequence[Option]) -> tuple[Option, ...]:
    """All of them, in order of category and value; what is there already stays what it is.

    Invalid when they are too many for one list.
    """
    found = {one.place: one for one in reversed((*present, *map(demand_option, added)))}
    size = sum(len(one.value.encode()) + len(one.category.encode()) + 50 for one in found.values())
    if len(found) > MOST_OPTIONS or size > MOST_BYTES:
        raise Invalid(f"A list has at most {MOST_OPTIONS} values and {MOST_BYTES // 1000} KB.")
    return tuple(found[place] for place in sorted(found))


def categories(options: Sequence[Option]) -> list[str]:
    """The categories that there are, in order, each once."""
    named = {one.category.casefold(): one.category for one in reversed(options) if one.category}
    return [named[key] for key in sorted(named)]


def chosen(options: Sequence[Option], category: str | None) -> list[Option]:
    """Those of a category; "" is none, None all."""
    if category is None:
        return list(options)
    return [one for one in options if one.category.casefold() == category.strip().casefold()]
