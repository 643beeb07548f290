"""Entries of the search index: what each tells of its secret without a row being read. Pure.

An entry is a place in one of the table's three indexes. A secret's entries lie in slots, rows of
its own partition with one entry an index; slots are written over, never looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import zip_longest

from .folder import NO_FOLDER, Tree
from .grants import Grant, Grantee, Role, Who, role_of
from .listing import Listed
from .secret import Secret
from .tokens import Token, folded

EVERYWHERE = "find#all"
MOST_GRANTS = 6
"""More than these an entry does not tell: its secret's row has to be read."""

MOST_NAME = 800  # bytes of it in an entry, whose key has 1,024
_UNKNOWN = "?"
_AFTER_NAME = "\x01"  # no name has it, and it comes before all that names have

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A secret as an entry shows it. `grants`: its own; None when they are not told.

    tag: of the field in which the token stands, "" for a name
    """

    listed: Listed
    grants: tuple[Grant, ...] | None = ()
    tag: str = ""

    @property
    def id(self) -> int:
        return self.listed.id

    @property
    def order(self) -> tuple[str, int]:
        """By name, then by id."""
        return (self.listed.name, self.listed.id)

    def role(self, them: frozenset[Grantee], tree: Tree) -> Role | None:
        """How far a grant goes on the secret. LookupError when its row has to tell."""
        if self.listed.inherits and self.listed.folder_id != NO_FOLDER:
            return role_of(tree.grants_on(self.listed.folder_id), them)
        if self.grants is None:
            raise LookupError
        return role_of(self.grants, them)


def entry_of(secret: Secret) -> Entry:
    listed = Listed(
        secret.id,
        folded(secret.name),
        secret.folder_id,
        secret.template_id,
        secret.site_id,
        secret.inherits_permissions,
        secret.is_active,
    )
    own = secret.own_grants
    return Entry(listed, own if len(own) <= MOST_GRANTS else None)


def written(entry: Entry) -> str:
    """The entry as part of a key: in order of names, then ids."""
    one = entry.listed
    name = one.name.encode()[:MOST_NAME].decode(errors="ignore")
    facts = ("i" if one.inherits else "o") + ("a" if one.is_active else "d")
    parts = (f"{one.id:010d}", one.folder_id, one.template_id, one.site_id, facts)
    return f"{name}{_AFTER_NAME}{'#'.join(map(str, parts))}#{_granted(entry.grants)}#{entry.tag}"


def read(key: str) -> Entry:
    """What a key of `written` tells."""
    name, _, facts = key.rpartition(_AFTER_NAME)
    id, folder, template, site, flags, grants, tag = facts.split("#")
    listed = Listed(
        int(id), name, int(folder), int(template), int(site), "i" in flags, "a" in flags
    )
    return Entry(listed, _grants(grants), tag)


def of_token(path: str, entry: Entry) -> str:
    """The key of an entry under a token: in order of names, where the token has no path."""
    return f"{path}#{written(entry)}"


def read_token(key: str) -> Entry:
    """The entry of such a key."""
    return read(key.partition("#")[2])


def _granted(grants: tuple[Grant, ...] | None) -> str:
    if grants is None:
        return _UNKNOWN
    return ",".join(f"{one.to.who[0]}{one.to.id}.{one.role or 0:d}" for one in grants)


_WHO = {one[0]: one for one in Who}


def _grants(text: str) -> tuple[Grant, ...] | None:
    if text == _UNKNOWN:
        return None
    found = []
    for one in filter(None, text.split(",")):
        whom, _, role = one[1:].partition(".")
        grantee = Grantee(_WHO[one[0]], int(whom))
        found.append(Grant(0, grantee, Role(int(role)) if int(role) else None))
    return tuple(found)


def in_folder(folder_id: int) -> str:
    """The partition that lists a folder's secrets."""
    return f"find#folder#{folder_id}"


def number_of(place: str) -> int:
    """Which of the three indexes has that partition of a token."""
    return sum(place.encode()) % 3 + 1


@dataclass(frozen=True, slots=True)
class Slots:
    """All entries of a secret: of each slot, its places in index 1, 2 and 3.

    digest: the same for the same entries
    """

    places: Sequence[tuple[Place | None, ...]]
    digest: str


def slots_of(entry: Entry, tokens: Iterable[Token]) -> Slots:
    text = written(entry)
    queues: list[list[Place]] = [
        [(in_folder(entry.listed.folder_id), text)],
        [(EVERYWHERE, text)],
        [],
    ]
    for one in tokens:
        key = of_token(one.path, replace(entry, tag=one.tag))
        queues[number_of(one.place) - 1].append((one.place, key))
    places = list(zip_longest(*queues))
    return Slots(places, sha256(repr(places).encode()).hexdigest()[:32])
