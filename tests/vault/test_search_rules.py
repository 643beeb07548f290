"""Tokens, entries and rebuilds: what is hashed, what an entry tells, when a rebuild is over."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.settings.settings import DEFAULTS
from chalicelib.vault import search_index as rules
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.entry import (
    MOST_GRANTS,
    Entry,
    entry_of,
    of_token,
    read,
    read_token,
    slots_of,
    written,
)
from chalicelib.vault.folder import Tree
from chalicelib.vault.grants import Grant, Grantee, Role, Who
from chalicelib.vault.search_index import Content, Generation, IndexMode, SearchIndex, Wish
from chalicelib.vault.secret import MAX_ID, MAX_NAME, Secret
from chalicelib.vault.tokens import (
    FIELD_MOST,
    Ask,
    Kind,
    Text,
    Token,
    ask_fields,
    ask_names,
    folded,
    tokens_of,
)

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
STANDARD = Generation(7, Wish(3))
EXTENDED = Generation(8, Wish(3, IndexMode.EXTENDED))
ALPHABET = "ab-. ßİé漢"


def hashed(kind: Kind, text: str) -> bytes:
    return hashlib.sha256(f"{kind}|{text}".encode()).digest()


def is_found(ask: Ask, tokens: list[Token]) -> bool:
    """What the table says: each token's place holds an entry that begins so, in one field."""
    fields = [
        {one.tag for one in tokens if one.place == each.place and one.path.startswith(each.path)}
        for each in ask.tokens
    ]
    return bool(fields) and bool(set.intersection(*fields))


def texts(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randint(1, most)))


@pytest.mark.parametrize("generation", [STANDARD, EXTENDED], ids=["Standard", "Extended"])
def test_tokens_find_what_looking_finds_in_any_alphabet(generation: Generation) -> None:
    chance = random.Random(generation.number)  # noqa: S311 - made-up texts
    for _ in range(300):
        name, value = folded(texts(chance, 20)), folded(texts(chance, 20))
        tokens = tokens_of(Content(name, {"machine": value}), generation, hashed)
        for source in (name, value, folded(texts(chance, 4))):
            begin = chance.randrange(len(source) + 1)
            wanted = Text(folded(source[begin : begin + chance.randint(1, 12)].upper()))
            if len(wanted.text) >= 3:
                names = ask_names(wanted, generation, hashed)
                assert is_found(names, tokens) == wanted.is_name(name)
            fields = ask_fields(wanted, generation, hashed)
            assert is_found(fields, tokens) == wanted.is_field(value, generation)
            exact = Text(folded(source), is_exact=True)
            if exact.text:
                assert is_found(ask_names(exact, generation, hashed), tokens) == (
                    exact.text == name
                )


def test_what_is_longer_than_a_path_is_looked_at_again() -> None:
    long = Text("abcdefghijklm")
    assert ask_names(long, STANDARD, hashed).loose
    assert ask_fields(long, EXTENDED, hashed).loose
    assert not ask_fields(long, STANDARD, hashed).loose


def test_a_name_tells_nothing_of_a_field_that_holds_the_same() -> None:
    for generation in (STANDARD, EXTENDED):
        tokens = tokens_of(Content("production", {"machine": "production"}), generation, hashed)
        assert not {one.place for one in tokens if one.tag} & {
            one.place for one in tokens if not one.tag
        }
        assert "production" not in repr(tokens)


def test_the_tokens_of_a_secret_are_bounded() -> None:
    fields = {f"field{n}": "x y" * 30_000 for n in range(10)}
    tokens = tokens_of(Content("n" * MAX_NAME, fields), EXTENDED, hashed)
    assert len(tokens) <= MAX_NAME + 10 * FIELD_MOST


def grant(id: int, who: Who = Who.USER, role: Role | None = Role.VIEW) -> Grant:
    return Grant(0, Grantee(who, id), role)


def secret(**more: object) -> Secret:
    known = Secret(5, "Db1 # Root", BUILT_IN[6007], NOON, folder_id=9, site_id=3)
    return replace(known, **more)  # type: ignore[arg-type]


def test_an_entry_tells_what_was_written() -> None:
    own = (grant(4), grant(2_147_483_647, Who.GROUP, Role.OWNER), grant(1, role=None))
    for one in (secret(), secret(is_active=False), secret(inherits_permissions=False, grants=own)):
        entry = entry_of(one)
        assert read(written(entry)) == entry
        assert read_token(of_token("a-_Z", replace(entry, tag="x_-"))) == replace(entry, tag="x_-")


def test_more_grants_than_an_entry_tells_are_asked_of_the_row() -> None:
    many = tuple(grant(id) for id in range(MOST_GRANTS + 1))
    entry = read(written(entry_of(secret(inherits_permissions=False, grants=many))))
    with pytest.raises(LookupError):
        entry.role(frozenset(), Tree())


def test_entries_are_in_order_of_names_then_ids() -> None:
    names = ["a", "a b", "a#", "a!", "ab", "b", "é", "漢"]
    entries = [entry_of(secret(id=id, name=name)) for name in names for id in (2, 10)]
    assert sorted(map(written, entries)) == [
        written(one) for one in sorted(entries, key=lambda one: one.order)
    ]


def test_the_longest_key_is_one_that_an_index_takes() -> None:
    grants = tuple(grant(2_147_483_647, role=Role.OWNER) for _ in range(MOST_GRANTS))
    longest = secret(
        id=MAX_ID,
        name="𐐷" * MAX_NAME,
        folder_id=2_147_483_647,
        template=replace(BUILT_IN[6007], id=2_147_483_647),
        site_id=2_147_483_647,
        inherits_permissions=False,
        grants=grants,
    )
    entry: Entry = replace(entry_of(longest), tag="tag")
    assert len(of_token("x" * 36, entry).encode()) <= 1024


def test_slots_hold_each_entry_once_and_their_digest_tells_them_apart() -> None:
    one, other = secret(), secret(name="other")
    for tokens in ([], [Token("find#1#n#x", "abcd"), Token("find#1#w#y", "", "tag")]):
        slots = slots_of(entry_of(one), tokens)
        places = [place for row in slots.places for place in row if place]
        assert len(places) == len(set(places)) == len(tokens) + 2
        assert slots.digest != slots_of(entry_of(other), tokens).digest
        assert slots.digest == slots_of(entry_of(secret()), tokens).digest


def test_the_settings_are_at_first_what_a_cluster_is_indexed_by() -> None:
    wish = SearchIndex().live.wish
    assert (wish.mode, wish.separators) == (
        DEFAULTS.search_mode,
        tuple(DEFAULTS.search_separators),
    )


def test_a_rebuild_ends_with_a_pass_that_began_late_and_found_nothing() -> None:
    began = rules.begun(SearchIndex(), Wish(2), NOON)
    assert (began.live.number, began.newest.number, began.percent) == (1, 2, 0)
    assert rules.begun(began, Wish(3), NOON) == began  # one that goes on, goes on
    first = rules.advanced(rules.advanced(began, 50, 100, 50, NOON), 100, 100, 9, NOON)
    assert (first.passes, first.cursor, first.percent) == (1, 0, 99)
    assert first.waits(NOON)
    later = NOON + rules.SETTLED
    assert not first.waits(later)
    again = rules.advanced(first, 100, 100, 1, later)  # somebody wrote as before
    assert (again.passes, len(again.generations)) == (2, 2)
    over = rules.advanced(again, 100, 100, 0, later + timedelta(seconds=1))
    assert (over.coming, over.live, over.percent) == (None, began.coming, 100)


def test_a_rebuild_of_an_empty_vault_ends() -> None:
    index = rules.begun(SearchIndex(), Wish(2), NOON)
    for minutes in (0, 2):
        index = rules.advanced(index, 0, 0, 0, NOON + timedelta(minutes=minutes))
    assert index.coming is None
