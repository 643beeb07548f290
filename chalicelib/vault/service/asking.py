"""What is searched for, and what an entry of the index tells about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chalicelib.vault.entry import Entry
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.grants import Deed, Grant, Grantee, Role, Verdict, Who, decide
from chalicelib.vault.state import HeartbeatStatus
from chalicelib.vault.tokens import Text, folded
from chalicelib.vault.visit import Visit

from .finding import Found
from .hits import Hits

NEEDS = {"list": Deed.LIST, "view": Deed.VIEW, "edit": Deed.EDIT, "owner": Deed.OWN}


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for; None asks nothing.

    field:   slug or name of the field that `text` is searched in, "" for names and all fields
    only_names: whether it is looked for in names only
    nothing: the question can only have an empty answer
    as_given: whether they come in the order of `ids` when no other is asked for
    only_by_me: of those checked out
    double_lock: the lock that it is under
    only_shared: whether a grant of its own must name the visitor, who is not its owner
    restricted:  whether those are wanted that ask for more than a right
    locked:      whether those are wanted that are under a DoubleLock
    counts:  whether more than the page is to be counted
    """

    text: str = ""
    is_exact: bool = False
    field: str = ""
    only_names: bool = False
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
    double_lock: int | None = None
    only_checked_out: bool = False
    only_by_me: bool = False
    only_shared: bool = False
    restricted: bool = True
    locked: bool = True
    nothing: bool = False
    as_given: bool = False
    counts: bool = True

    def among(self, ids: Iterable[int], *, as_given: bool = False) -> Query:
        """The same question, about those secrets only; and in their order, if none is asked for."""
        both = tuple(id for id in ids if not self.ids or id in self.ids)
        return replace(self, ids=both, as_given=as_given, nothing=self.nothing or not both)

    @property
    def wanted(self) -> Text | None:
        """The text, if there is one."""
        return Text(folded(self.text), self.is_exact) if folded(self.text) else None

    @property
    def asks_rows(self) -> bool:
        """Whether only rows can answer it, whatever the text."""
        by_rows = (self.heartbeat, self.only_changed, self.double_lock, self.asks_checkouts)
        return any(by_rows) or not self.restricted or not self.locked

    @property
    def asks_checkouts(self) -> bool:
        return self.only_checked_out or self.only_by_me


@dataclass(frozen=True, slots=True)
class Match:
    """A secret that answers; `found` when its rows were read for that."""

    entry: Entry
    found: Found | None = None


@dataclass(slots=True)
class Search:
    """One question of one visitor, and what is worked out once for it."""

    visit: Visit
    query: Query
    tree: Tree
    hits: Hits
    folders: frozenset[int] | None
    roles: dict[int, Role | None] = field(default_factory=dict)

    def admits(self, entry: Entry) -> bool:
        """Whether what an entry tells, but for rights and text, answers the question."""
        one, query = entry.listed, self.query
        tests = (
            query.active if one.is_active else query.inactive,
            not query.template_ids or one.template_id in query.template_ids,
            not query.ids or one.id in query.ids,
            query.site_id is None or one.site_id == query.site_id,
            self.folders is None or one.folder_id in self.folders,
        )
        return all(tests)

    def role(self, entry: Entry) -> Role | None:
        """How far a grant goes; LookupError when a row has to tell."""
        one = entry.listed
        if not one.inherits or one.folder_id == NO_FOLDER:
            return entry.role(self.visit.them, self.tree)
        if one.folder_id not in self.roles:
            self.roles[one.folder_id] = entry.role(self.visit.them, self.tree)
        return self.roles[one.folder_id]

    def may(self, role: Role | None, deed: Deed, *, is_active: bool) -> bool:
        permissions = self.visit.who.permissions
        return decide(deed, permissions, role, deleted=not is_active) is Verdict.ALLOWED

    def is_shared(self, own: Iterable[Grant], role: Role | None) -> bool:
        """Whether one of a secret's own grants names the visitor, who is not its owner."""
        me = Grantee(Who.USER, self.visit.who.user_id)
        return role is not Role.OWNER and any(one.to == me and one.role for one in own)

    def answers(self, entry: Entry) -> bool | None:
        """Whether a secret answers, as far as entries tell; None when its row has to."""
        if not self.admits(entry):
            return False
        try:
            role = self.role(entry)
        except LookupError:
            return None
        active = entry.listed.is_active
        deed = NEEDS.get(self.query.needs.lower(), Deed.LIST)
        if not self.may(role, deed, is_active=active):
            return False
        if self.query.only_shared and not self.is_shared(entry.grants or (), role):
            return False
        return self._holds(entry, self.may(role, Deed.REVEAL, is_active=active))

    def _holds(self, entry: Entry, reveals: bool) -> bool | None:
        """Whether it holds the text; someone who may not see its values finds it by name only."""
        wanted, query = self.query.wanted, self.query
        held: bool | None = True
        if wanted is not None and (query.field or not wanted.is_name(entry.listed.name)):
            held = reveals and not query.only_names and self.hits.in_fields(entry.id)
        return None if held and query.asks_rows else held
