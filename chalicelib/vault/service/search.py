"""Finding secrets: through the search index, and by their rows where only those tell.

What is found is what `decide` lets the searcher list, in order of (name, id). Entries are a moment
old, so each secret of a page is judged again by its own row. ADR 7 says what a question costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.core.paging import Page, Paging, Sort
from chalicelib.vault.entry import Entry, entry_of
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.ports import Folders, SearchTable, Secrets
from chalicelib.vault.state import Checkout
from chalicelib.vault.templates import Template
from chalicelib.vault.visit import Visit

from .asking import NEEDS, Match, Query, Search
from .finding import Finder, Found
from .hits import NAME_ONLY, Hits, Lookup, Where
from .indexing import Indexing
from .order import demand_known, is_by_name, ordered

FEW_FOLDERS = 2
"""So many folders are listed one by one; for more, the list of all secrets is cheaper."""

COUNTED = 1_000
"""Up to so many a total is exact; beyond, it says no more than that there are more."""

TOGETHER = 50
"""So many secrets one read brings."""


@dataclass(frozen=True, slots=True)
class SearchService:
    finder: Finder
    secrets: Secrets
    folders: Folders
    table: SearchTable
    indexing: Indexing
    kind: Callable[[int], Template]

    def search(self, visit: Visit, query: Query, asked: Paging) -> Page[Found]:
        """One page of the secrets found. Made later than a moment ago they may be missing.

        Four calls at most with the session's own, whatever the number of secrets, for one word or
        part in order of names, unless many entries lie before the page that its reader may not see.
        Invalid for an order that entries do not tell.
        """
        demand_known(asked.sort)
        least, matches = self._matches(visit, query, asked.sort)
        enough = asked.skip + asked.take + 1
        if query.counts and least <= COUNTED:
            enough = max(enough, COUNTED + 1)
        is_given = query.as_given and not asked.sort
        in_order = is_by_name(asked.sort) and not is_given
        known = list(islice(matches, enough) if in_order else matches)
        if is_given:
            known.sort(key=lambda one: query.ids.index(one.entry.id))
        elif not in_order:
            tree = self.folders.tree(visit.epoch)
            known = ordered(known, asked.sort, lambda id: self.kind(id).name, tree.path)
        total = max(len(known), min(least, COUNTED + 1))
        records = self._found(visit, query, known[asked.skip : asked.skip + asked.take])
        return Page(records, total, asked, is_exact=not in_order or total < enough)

    def total(self, visit: Visit, query: Query) -> int:
        """How many there are, up to 1,000; 1,001 says that there are more."""
        least, matches = self._matches(visit, query, ())
        if least > COUNTED:
            return COUNTED + 1
        return sum(1 for _ in islice(matches, COUNTED + 1))

    def counts(self) -> Counter[int]:
        """How many secrets each template has, by its id: a moment old. One Query a shard and MB."""
        every = (one for some in self.table.everywhere() for one in some)
        return Counter(one.listed.template_id for one in every)

    def _matches(
        self, visit: Visit, query: Query, sort: Sequence[Sort]
    ) -> tuple[int, Iterator[Match]]:
        """How many there are at least, and all of them, read as far as they are taken."""
        if query.nothing:
            return 0, iter(())
        search = self._begun(visit, query)
        least = 0
        hits = search.hits
        if hits.is_cut or hits.until:
            least = len({one.id for one in hits.entries if search.answers(one)})
        descending = bool(sort) and sort[0].descending
        backwards = bool(hits.until) and not (is_by_name(sort) and not descending)
        if (hits.is_cut and least <= COUNTED) or backwards:
            search.hits = self._hits(visit, query, everything=True)
            least = 0
        source = self._source(search, newest_first=descending)
        return least, self._judged(search, source)

    def _begun(self, visit: Visit, query: Query) -> Search:
        tree = self.folders.tree(visit.epoch)
        return Search(visit, query, tree, self._hits(visit, query), _folders(query, tree))

    def _hits(self, visit: Visit, query: Query, *, everything: bool = False) -> Hits:
        """What holds the text, by the index; nothing where rows are looked at anyhow."""
        if query.wanted is None:
            return NAME_ONLY
        if visit.upgrading or query.ids or query.asks_checkouts:
            return Hits(by_rows=True)
        lookup = Lookup(self.table, self.table.at(visit.search_epoch), self.kind)
        where = Where(query.field, query.only_names)
        return lookup.hits(query.wanted, where, everything=everything)

    def _source(self, search: Search, *, newest_first: bool) -> Iterable[Sequence[Entry]]:
        """Where matches are looked for, in order of names, some at a time."""
        known = self._known(search)
        if known is None:
            return self.table.everywhere(newest_first=newest_first)
        if search.hits.until:
            return self._beyond(search)
        return [_ordered(known, newest_first=newest_first)]

    def _beyond(self, search: Search) -> Iterator[Sequence[Entry]]:
        """What is known to be first; and whoever wants more has everything read."""
        until = search.hits.until or ("", 0)
        yield [one for one in _ordered(search.hits.entries) if one.order <= until]
        search.hits = self._hits(search.visit, search.query, everything=True)
        yield [one for one in _ordered(search.hits.entries) if one.order > until]

    def _known(self, search: Search) -> Iterable[Entry] | None:
        """All that may match, if it is to be had whole; None for the list of all secrets."""
        query, visit, hits = search.query, search.visit, search.hits
        if query.ids or query.asks_checkouts:
            ids = query.ids or [one.id for one in self.secrets.checked_out()]
            return [entry_of(one.secret) for one in self.secrets.fetch(ids).values()]
        if visit.upgrading:  # older code writes no entries
            return [Entry(one, None) for one in self.secrets.everywhere()]
        if query.wanted is not None and hits.is_whole:
            return hits.entries
        if search.folders is not None and len(search.folders) <= FEW_FOLDERS:
            return [one for id in search.folders for one in self.table.folder(id)]
        return None

    def _judged(self, search: Search, source: Iterable[Sequence[Entry]]) -> Iterator[Match]:
        for some in source:
            for start in range(0, len(some), TOGETHER):
                yield from self._together(search, some[start : start + TOGETHER])

    def _together(self, search: Search, some: Sequence[Entry]) -> Iterator[Match]:
        """Which of them answer; those that entries leave open by their rows, read together."""
        said = {one.id: search.answers(one) for one in some}
        asked = [id for id, answer in said.items() if answer is not False]
        unsaid = asked if None in said.values() else []
        rows = {one.secret.id: one for one in self._fetched(search.visit, search.query, unsaid)}
        for one in some:
            found = rows.get(one.id)
            if found or (said[one.id] and not unsaid):
                yield Match(entry_of(found.secret) if found else one, found)

    def _found(self, visit: Visit, query: Query, matches: Sequence[Match]) -> list[Found]:
        """The rows of a page: entries are a moment old, so each is judged again."""
        unread = [one.entry.id for one in matches if one.found is None]
        read = {one.secret.id: one for one in self._fetched(visit, query, unread)}
        known = [one.found or read.get(one.entry.id) for one in matches]
        return [one for one in known if one is not None]

    def _fetched(self, visit: Visit, query: Query, ids: Sequence[int]) -> list[Found]:
        """Those of the secrets that answer by their own rows."""
        stored = self.secrets.fetch(ids)
        found = [self.finder.judged(visit, stored[id]) for id in ids if id in stored]
        return [one for one in found if self._answers(visit, one, query)]

    def _answers(self, visit: Visit, found: Found, query: Query) -> bool:
        deed = NEEDS.get(query.needs.lower(), Deed.LIST)
        known = Search(visit, query, found.tree, NAME_ONLY, _folders(query, found.tree))
        return (
            self.finder.verdict(visit, found, deed) is Verdict.ALLOWED
            and known.admits(entry_of(found.secret))
            and (not query.only_shared or known.is_shared(found.secret.own_grants, found.role))
            and _is_as_asked(found, query)
            and _is_held_as_asked(visit, found.state.checkout, query)
            and self._holds(visit, found, query)
        )

    def _holds(self, visit: Visit, found: Found, query: Query) -> bool:
        """Whether the name holds the text, or a field for who may see its values."""
        wanted = query.wanted
        if wanted is None:
            return True
        content = self.indexing.content(found.secret)
        if not query.field and wanted.is_name(content.name):
            return True
        if query.only_names:
            return False
        if self.finder.verdict(visit, found, Deed.REVEAL) is not Verdict.ALLOWED:
            return False
        index = self.table.at(visit.search_epoch)
        named = found.secret.template.keys_of(query.field) if query.field else content.fields
        return any(
            wanted.is_field(content.fields.get(slug, ""), one)
            for slug in named
            for one in index.generations
        )


def _ordered(entries: Iterable[Entry], *, newest_first: bool = False) -> list[Entry]:
    """Each secret once, in order of names, then ids."""
    known = {one.id: one for one in entries}.values()
    return sorted(known, key=lambda one: one.order, reverse=newest_first)


def _folders(query: Query, tree: Tree) -> frozenset[int] | None:
    """The folders that a question is about; None for all."""
    if query.folder_id is None:
        return None
    below = query.with_subfolders and query.folder_id != NO_FOLDER
    others = (one.id for one in tree.below(query.folder_id)) if below else ()
    return frozenset((query.folder_id, *others))


def _is_as_asked(found: Found, query: Query) -> bool:
    """Whether what only rows tell is as it is asked for."""
    secret, state = found.secret, found.state
    return (
        (not query.heartbeat or state.heartbeat is query.heartbeat)
        and (not query.only_changed or secret.switches.auto_change)
        and (not query.double_lock or secret.double_lock == query.double_lock)
        and (query.restricted or not secret.is_restricted)
        and (query.locked or not secret.double_lock)
    )


def _is_held_as_asked(visit: Visit, known: Checkout | None, query: Query) -> bool:
    if query.only_by_me:
        return known is not None and known.user_id == visit.who.user_id
    return known is not None or not query.only_checked_out
