"""Finding secrets: by folder, by name, by what their index keys tell, and then by their rows.

A result holds only what `decide` lets the searcher list. Rows are read for the page alone, unless
the question is about something that only a row tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.core.paging import Page, Paging, page
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.grants import Deed, Role, Verdict, decide, role_of
from chalicelib.vault.listing import Listed
from chalicelib.vault.ports import Folders, Secrets, Values
from chalicelib.vault.state import Checkout, HeartbeatStatus
from chalicelib.vault.visit import Visit

from .finding import Finder, Found

FEW_FOLDERS = 4
"""So many folders are asked one by one; for more, the list of all secrets is cheaper."""

NEEDS = {"list": Deed.LIST, "view": Deed.VIEW, "edit": Deed.EDIT, "owner": Deed.OWN}


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for; None asks nothing.

    field:   slug or name of the field that `text` is searched in, "" for the secret's name
    nothing: the question can only have an empty answer
    only_by_me: of those checked out
    """

    text: str = ""
    is_exact: bool = False
    field: str = ""
    folder_id: int | None = None
    with_subfolders: bool = False
    template_ids: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    site_id: int | None = None
    active: bool = True
    inactive: bool = False
    needs: str = "list"
    heartbeat: HeartbeatStatus | None = None
    only_changed: bool = False
    only_checked_out: bool = False
    only_by_me: bool = False
    nothing: bool = False

    @property
    def asks_rows(self) -> bool:
        """Whether only rows can answer it."""
        asked = (self.heartbeat, self.only_changed, self.only_checked_out, self.only_by_me)
        return any(asked) or bool(self.field and self.text)


@dataclass(frozen=True, slots=True)
class SearchService:
    finder: Finder
    secrets: Secrets
    folders: Folders
    values: Values

    def search(self, visit: Visit, query: Query, asked: Paging) -> Page[Found]:
        """One page of the secrets found. Made later than a moment ago they may be missing.

        One Query a folder or shard; a batched read for fifty secrets of the page, and for those
        that do not inherit.
        """
        if query.asks_rows:
            rows = self._found(visit, self._listed(visit, query), query)
            return page(rows, asked, _found_property)
        listed = page(self._listed(visit, query), asked, _property)
        return Page(self._found(visit, listed.records, query), listed.total, asked)

    def total(self, visit: Visit, query: Query) -> int:
        """How many there are."""
        listed = self._listed(visit, query)
        return len(self._found(visit, listed, query)) if query.asks_rows else len(listed)

    def counts(self) -> Counter[int]:
        """How many secrets each template has, by its id: a moment old. One Query a shard and MB."""
        return Counter(one.template_id for one in self.secrets.everywhere())

    def _listed(self, visit: Visit, query: Query) -> list[Listed]:
        """What index keys and grants let through, in order of names."""
        if query.nothing:
            return []
        tree = self.folders.tree(visit.epoch)
        known = sorted(self._candidates(query, tree), key=lambda one: (one.name, one.id))
        matching = [one for one in known if _matches(one, query)]
        allowed = self._allowed(visit, tree, matching, query)
        return [one for one in matching if one.id in allowed]

    def _candidates(self, query: Query, tree: Tree) -> Iterable[Listed]:
        few = query.only_checked_out or query.only_by_me
        everywhere = self.secrets.checked_out if few else self.secrets.everywhere
        if query.folder_id is None:
            return everywhere()
        folders = [query.folder_id]
        if query.with_subfolders and query.folder_id != NO_FOLDER:
            folders += [one.id for one in tree.below(query.folder_id)]
        if len(folders) <= FEW_FOLDERS and not few:
            return [one for id in folders for one in self.secrets.in_folder(id)]
        wanted = set(folders)
        return [one for one in everywhere() if one.folder_id in wanted]

    def _allowed(
        self, visit: Visit, tree: Tree, listed: Sequence[Listed], query: Query
    ) -> set[int]:
        """Ids of those that the visitor may have listed, or more if the query needs more."""
        deed = NEEDS.get(query.needs.lower(), Deed.LIST)
        roles: dict[int, Role | None] = {}
        allowed = set()
        for one in listed:
            if one.inherits and one.folder_id != NO_FOLDER:
                if one.folder_id not in roles:
                    roles[one.folder_id] = role_of(tree.grants_on(one.folder_id), visit.them)
                if _is_allowed(visit, deed, roles[one.folder_id], one.is_active):
                    allowed.add(one.id)
        own = [one.id for one in listed if not one.inherits or one.folder_id == NO_FOLDER]
        for id, stored in self.secrets.fetch(own).items():
            role = stored.secret.role_for(visit.them, tree)
            if _is_allowed(visit, deed, role, stored.secret.is_active):
                allowed.add(id)
        return allowed

    def _found(self, visit: Visit, listed: Sequence[Listed], query: Query) -> list[Found]:
        """The rows of those listed: the index is a moment old, so each is judged again."""
        stored = self.secrets.fetch([one.id for one in listed])
        found = [self.finder.judged(visit, stored[one.id]) for one in listed if one.id in stored]
        return [
            one
            for one in found
            if self.finder.may(visit, one, Deed.LIST) and self._answers(visit, one, query)
        ]

    def _answers(self, visit: Visit, found: Found, query: Query) -> bool:
        """Whether a row answers what only rows can."""
        if query.heartbeat and found.state.heartbeat is not query.heartbeat:
            return False
        if query.only_changed and not found.secret.switches.auto_change:
            return False
        if not _is_held_as_asked(visit, found.state.checkout, query):
            return False
        return not (query.field and query.text) or self._holds(visit, found, query)

    def _holds(self, visit: Visit, found: Found, query: Query) -> bool:
        """Whether a searchable field holds the text, for who may see its values."""
        if not self.finder.may(visit, found, Deed.REVEAL):
            return False
        wanted = query.field.strip().lower()
        for one in found.secret.template.fields:
            if one.is_indexable and wanted in (one.slug, one.name.lower()):
                if one.needs_edit and not self.finder.may(visit, found, Deed.EDIT):
                    return False
                value = self.values.open(found.secret.id, found.secret.value_of(one.slug))
                return _contains(value.reveal(), query)
        return False


def _is_held_as_asked(visit: Visit, known: Checkout | None, query: Query) -> bool:
    if query.only_by_me:
        return known is not None and known.user_id == visit.who.user_id
    return known is not None or not query.only_checked_out


def _is_allowed(visit: Visit, deed: Deed, role: Role | None, is_active: bool) -> bool:
    verdict = decide(deed, visit.who.permissions, role, deleted=not is_active)
    return verdict is Verdict.ALLOWED


def _matches(one: Listed, query: Query) -> bool:
    """Whether what the index key tells of a secret answers the query."""
    tests = (
        query.active if one.is_active else query.inactive,
        not query.template_ids or one.template_id in query.template_ids,
        not query.ids or one.id in query.ids,
        query.site_id is None or one.site_id == query.site_id,
        bool(query.field) or not query.text or _contains(one.name, query),
    )
    return all(tests)


def _contains(text: str, query: Query) -> bool:
    wanted, text = query.text.strip().casefold(), text.casefold()
    return text == wanted if query.is_exact else wanted in text


def _property(one: Listed, name: str) -> object:
    known = {
        "id": one.id,
        "name": one.name,
        "folderid": one.folder_id,
        "secrettemplateid": one.template_id,
        "siteid": one.site_id,
        "active": one.is_active,
    }
    return known.get(name.lower())


def _found_property(found: Found, name: str) -> object:
    secret = found.secret
    listed = Listed(
        secret.id,
        secret.name.casefold(),
        secret.folder_id,
        secret.template_id,
        secret.site_id,
        secret.inherits_permissions,
        secret.is_active,
    )
    return _property(listed, name)
