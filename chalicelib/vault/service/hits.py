"""What the search index says to a text: entries of names, and which secrets hold it in a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chalicelib.vault.entry import Entry
from chalicelib.vault.ports import SearchTable
from chalicelib.vault.search_index import SearchIndex
from chalicelib.vault.templates import Template
from chalicelib.vault.tokens import Ask, Hash, Text, Token, ask_fields, ask_names, tag

MOST = 3_000
"""Entries of a token read at once: less than a MB, so one Query. More than these is a lot."""

FEW = 50
"""So many rows one read brings."""

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Hits:
    """entries: what holds the text, or may
    sure, unsure: ids of secrets with it in a field that is asked about; and of those to look at
    is_whole: whether all that hold it are among the entries; `until`: up to that place in order
    is_cut:   there are more anywhere, so whoever is not among the sure has to be looked at
    by_rows:  the index was not asked
    """

    entries: Sequence[Entry] = ()
    sure: frozenset[int] = frozenset()
    unsure: frozenset[int] = frozenset()
    is_whole: bool = False
    until: tuple[str, int] | None = None
    is_cut: bool = False
    by_rows: bool = False

    def in_fields(self, id: int) -> bool | None:
        """Whether a secret holds the text in a field; None when its row has to tell."""
        if id in self.sure:
            return True
        return None if id in self.unsure or self.is_cut or self.by_rows else False


NAME_ONLY = Hits()


@dataclass(frozen=True, slots=True)
class Where:
    """Where a text is looked for. slug: slug or name of a field; "" for names and all fields"""

    slug: str = ""
    only_names: bool = False


@dataclass(frozen=True, slots=True)
class _Listed:
    """What one token lists."""

    entries: Sequence[Entry]
    is_cut: bool


@dataclass(slots=True)
class _Gathering:
    entries: list[Entry] = field(default_factory=list)
    sure: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    is_whole: bool = True
    until: tuple[str, int] | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """One text's way through every generation of the index."""

    table: SearchTable
    index: SearchIndex
    kind: Callable[[int], Template]

    def hits(self, text: Text, where: Where, *, everything: bool = False) -> Hits:
        """One Query for names and one for each word in fields; twice that while a rebuild goes on.

        Names with more entries than are read at once are not asked about fields any more: a walk
        through all secrets finds such a text soon.
        """
        most = EVERYTHING if everything else MOST
        found = _Gathering()
        for generation in self.index.generations:
            hashed = self.table.hashed(generation)
            if not where.slug:
                self._names(found, ask_names(text, generation, hashed), text, most)
            if not found.is_cut and not where.only_names:
                ask = ask_fields(text, generation, hashed)
                self._fields(found, hashed, ask, where.slug, most)
        return Hits(
            found.entries,
            frozenset(found.sure),
            frozenset(found.unsure),
            found.is_whole and not found.is_cut,
            found.until,
            found.is_cut,
        )

    def _names(self, found: _Gathering, ask: Ask, text: Text, most: int) -> None:
        if not ask.tokens:
            found.is_whole = False
            return
        listed = self._listed(ask.tokens[0], most)
        found.entries += [one for one in listed.entries if text.is_name(one.listed.name)]
        found.is_cut |= listed.is_cut

    def _fields(self, found: _Gathering, hashed: Hash, ask: Ask, slug: str, most: int) -> None:
        """All words must stand in one field: the lists that are whole say in which.

        Words after one that few hold are not asked about: the rows of those few tell.
        """
        listed: list[_Listed] = []
        for token in ask.tokens:
            if not listed or len(listed[-1].entries) > FEW:
                listed.append(self._listed(token, most))
        if not listed:
            return
        whole = [one for one in listed if not one.is_cut]
        is_loose = ask.loose or len(ask.tokens) > max(len(whole), 1)
        told = whole or listed[:1]
        keys = set.intersection(*({(one.id, one.tag) for one in each.entries} for each in told))
        tags: dict[int, set[str]] = {}
        for one in told[0].entries:
            if (one.id, one.tag) in keys and self._is_asked(one, slug, hashed, tags):
                found.entries.append(one)
                (found.unsure if is_loose else found.sure).add(one.id)
        if not whole:
            self._cut(found, told[0], in_order=not (is_loose or ask.tokens[0].path))

    def _cut(self, found: _Gathering, listed: _Listed, *, in_order: bool) -> None:
        """There are more: after the last one, where the list is in order of names."""
        if not in_order:
            found.is_cut = True
            return
        last = listed.entries[-1].order
        found.until = min(found.until or last, last)

    def _is_asked(self, entry: Entry, slug: str, hashed: Hash, tags: dict[int, set[str]]) -> bool:
        """Whether an entry stands in the field that is asked about."""
        if not slug:
            return True
        kind = entry.listed.template_id
        if kind not in tags:
            tags[kind] = {tag(hashed, one) for one in self.kind(kind).keys_of(slug)}
        return entry.tag in tags[kind]

    def _listed(self, token: Token, most: int) -> _Listed:
        entries = self.table.hits(token, most)
        return _Listed(entries, len(entries) >= most)
