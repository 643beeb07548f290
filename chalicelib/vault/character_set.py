"""Sets of characters that passwords are made of: built-in ones, and people's own. Pure."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chalicelib.core.errors import Invalid

LOWER, UPPER = string.ascii_lowercase, string.ascii_uppercase
DIGITS = "1234567890"
SYMBOLS = "!@#$%^&*()"

MAX_CHARACTERS = 256
MAX_NAME = 100
MAX_TOLD = 500
FIRST_OWN = 1_000
"""Ids below are those of built-in sets."""


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """Characters under a name that says them to people.

    version: of the stored row; None for one that is not stored
    """

    id: int
    name: str
    characters: str
    abbreviation: str = ""
    description: str = ""
    is_active: bool = True
    version: int | None = None

    @property
    def is_built_in(self) -> bool:
        return self.id < FIRST_OWN

    def tidy(self) -> CharacterSet:
        """What is stored of an own one: each character once, no space around texts.

        Invalid for what no set can be.
        """
        name, told = self.name.strip(), self.description.strip()
        characters = "".join(dict.fromkeys(self.characters))
        abbreviation = self.abbreviation.strip() or characters[:MAX_NAME]
        for is_wrong, why in (
            (not name or len(name) > MAX_NAME, f"name must have 1 to {MAX_NAME} characters."),
            (
                not 1 <= len(characters) <= MAX_CHARACTERS,
                f"value must have 1 to {MAX_CHARACTERS} different characters.",
            ),
            (not characters.isprintable(), "value has a character that cannot be printed."),
            (len(abbreviation) > MAX_NAME, f"abbreviation has at most {MAX_NAME} characters."),
            (len(told) > MAX_TOLD, f"description has at most {MAX_TOLD} characters."),
        ):
            if is_wrong:
                raise Invalid(why)
        return CharacterSet(
            self.id, name, characters, abbreviation, told, self.is_active, self.version
        )


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
"""The built-in ones."""
