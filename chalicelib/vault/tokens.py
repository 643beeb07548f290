"""From texts to the tokens that the search index holds, and from a question to those it asks. Pure.

A token is a keyed hash, and a path of further ones. The path of a text's part is the hash of its
first three characters, then one of its first four, five, ... twelve: so a part of any length from
three on is the beginning of a path, and all that holds it lies together.
"""

from __future__ import annotations

import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from .search_index import Content, Generation, IndexMode

LEAST, MOST = 3, 12
"""How many characters of a part are hashed."""

FIELD_MOST = 300
"""So many characters of a field are found."""

_HEAD, _STEP, _TAG = 16, 4, 3  # of a hash in base64: 96, 24 and 18 bits


class Kind(StrEnum):
    """What a token was made of; each kind is hashed for a purpose of its own.

    The table shows names. If fields were hashed as they are, names would tell what fields hold.
    """

    NAME = "n"
    WHOLE_NAME = "e"
    WORD = "w"
    PART = "p"
    WHOLE = "v"
    TAG = "t"


Hash: TypeAlias = Callable[[Kind, str], bytes]
"""The keyed hash of one generation, at least 12 bytes."""


@dataclass(frozen=True, slots=True)
class Token:
    """place: the partition that lists it; path: how entries in there begin; tag: of its field"""

    place: str
    path: str = ""
    tag: str = ""


def folded(text: str) -> str:
    """A text without regard to case, and composed: what is compared everywhere in search."""
    composed = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", composed)


def words(text: str, separators: Sequence[str]) -> list[str]:
    """The words of a folded text, each once."""
    for one in separators:
        text = text.replace(one, " ")
    return list(dict.fromkeys(text.split()))


def tag(hashed: Hash, slug: str) -> str:
    """By what an entry tells in which field it stands."""
    return _text(hashed(Kind.TAG, slug), _TAG)


def tokens_of(content: Content, generation: Generation, hashed: Hash) -> list[Token]:
    """All tokens of a secret, those of its name first."""
    found = [whole(generation, hashed, Kind.WHOLE_NAME, content.name)]
    found += _parts(generation, hashed, Kind.NAME, content.name, "")
    for slug, value in content.fields.items():
        text, field = value[:FIELD_MOST], tag(hashed, slug)
        if text:
            found += _of_field(generation, hashed, text, field)
    return list(dict.fromkeys(found))


def _of_field(generation: Generation, hashed: Hash, text: str, field: str) -> Iterator[Token]:
    yield whole(generation, hashed, Kind.WHOLE, text, field)
    if generation.wish.mode is IndexMode.EXTENDED:
        yield from _parts(generation, hashed, Kind.PART, text, field)
        return
    for one in words(text, generation.wish.separators):
        yield whole(generation, hashed, Kind.WORD, one, field)


def whole(generation: Generation, hashed: Hash, kind: Kind, text: str, field: str = "") -> Token:
    """The token of a text as a whole."""
    return Token(_place(generation, kind, hashed(kind, text)), "", field)


def part(generation: Generation, hashed: Hash, kind: Kind, text: str, field: str = "") -> Token:
    """The token of what begins with a text of three characters or more."""
    steps = (
        _text(hashed(kind, text[:length]), _STEP)
        for length in range(LEAST + 1, min(len(text), MOST) + 1)
    )
    place = _place(generation, kind, hashed(kind, text[:LEAST]))
    return Token(place, "".join(steps), field)


def _parts(
    generation: Generation, hashed: Hash, kind: Kind, text: str, field: str
) -> Iterator[Token]:
    """One token for each place where a part may begin."""
    for begin in range(len(text) - LEAST + 1):
        yield part(generation, hashed, kind, text[begin : begin + MOST], field)


def _place(generation: Generation, kind: Kind, raw: bytes) -> str:
    return f"find#{generation.number}#{kind}#{_text(raw, _HEAD)}"


def _text(raw: bytes, length: int) -> str:
    return urlsafe_b64encode(raw[:12]).decode()[:length]


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is searched for, folded; `is_exact`: as a whole."""

    text: str
    is_exact: bool = False

    def is_name(self, name: str) -> bool:
        """Whether a folded name answers it."""
        return name == self.text if self.is_exact else self.text in name

    def is_field(self, value: str, generation: Generation) -> bool:
        """Whether a field's folded value does: by whole words, or by any part of it."""
        value = value[:FIELD_MOST]
        if self.is_exact:
            return bool(value) and value == self.text
        if generation.wish.mode is IndexMode.EXTENDED:
            return len(self.text) >= LEAST and self.text in value
        wanted = words(self.text, generation.wish.separators)
        return bool(wanted) and set(wanted) <= set(words(value, generation.wish.separators))


@dataclass(frozen=True, slots=True)
class Ask:
    """tokens: all of which must be there, in one field, long ones first
    loose:  they may name more than what answers
    """

    tokens: tuple[Token, ...] = ()
    loose: bool = False


def ask_names(text: Text, generation: Generation, hashed: Hash) -> Ask:
    """What finds names; nothing for a part that is too short to be hashed."""
    if text.is_exact:
        return Ask((whole(generation, hashed, Kind.WHOLE_NAME, text.text),))
    if len(text.text) < LEAST:
        return Ask()
    return Ask((part(generation, hashed, Kind.NAME, text.text),), loose=len(text.text) > MOST)


def ask_fields(text: Text, generation: Generation, hashed: Hash) -> Ask:
    """What finds fields."""
    if text.is_exact:
        return Ask((whole(generation, hashed, Kind.WHOLE, text.text),))
    if generation.wish.mode is IndexMode.STANDARD:
        wanted = sorted(words(text.text, generation.wish.separators), key=len, reverse=True)
        return Ask(tuple(whole(generation, hashed, Kind.WORD, one) for one in wanted))
    if len(text.text) < LEAST:
        return Ask()
    return Ask((part(generation, hashed, Kind.PART, text.text),), loose=len(text.text) > MOST)
