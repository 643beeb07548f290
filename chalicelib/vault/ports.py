"""What the vault's services need of others, in their own words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from chalicelib.core.audit import AuditRecord
from chalicelib.core.plain import Plain
from chalicelib.inbox.message import Note

from .access_request import AccessRequest
from .definitions import Definitions
from .entry import Entry, Slots
from .folder import Folder, Tree
from .grants import Grantee
from .listing import Listed
from .people import Named, Wanted
from .recheck import Recheck
from .requirement import Requirement
from .search_index import Generation, SearchIndex
from .secret import FieldValue, Secret, Stored
from .state import Due, SecretState, Where
from .templates import Template
from .tokens import Hash, Token
from .window import Window

Write: TypeAlias = Any
"""What a store makes and a commit takes; services only pass it on."""


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None:
        """Write all or nothing. Raises Conflict when something changed in the meantime."""

    def record(self, audit: AuditRecord) -> None:
        """Write one line of the trail before something is shown. Unavailable: show nothing."""


class Counter(Protocol):
    def next(self, kind: str) -> int: ...


class Epochs(Protocol):
    def bump(self, *epochs: str) -> Write:
        """A write that tells every process that its copies of those things are old."""


class Values(Protocol):
    def seal(
        self, secret_id: int, key: str, version: int, value: Plain, at: datetime
    ) -> FieldValue: ...

    def open(self, secret_id: int, value: FieldValue | None) -> Plain: ...


class Secrets(Protocol):
    def keys(self, id: int) -> list[tuple[Any, str, str]]: ...

    def in_rows(self, rows: Mapping[tuple[str, str], Any], id: int) -> Stored | None: ...

    def fetch(self, ids: Sequence[int]) -> dict[int, Stored]: ...

    def in_folder(self, folder_id: int) -> list[Listed]: ...

    def everywhere(self) -> list[Listed]: ...

    def page(self, shard: int, after: str, limit: int) -> list[Listed]: ...

    def served(self, privileged_id: int) -> list[int]: ...

    def of_grant(self, grant_id: int) -> int | None: ...

    def history(self, id: int, key: str) -> list[tuple[FieldValue, datetime]]: ...

    def due(self, due: Due, where: Where, until: datetime, limit: int) -> list[int]: ...

    def checkouts_over(self, until: datetime, limit: int) -> list[int]: ...

    def checked_out(self) -> list[Listed]: ...

    def put(self, secret: Secret) -> Write: ...

    def put_state(self, state: SecretState) -> Write: ...

    def unchanged(self, secret: Secret) -> Write: ...

    def unchanged_state(self, state: SecretState) -> Write: ...

    def held_alike(self, state: SecretState, windows: Sequence[Window] = ()) -> Write: ...

    def keep(self, id: int, former: FieldValue, until: datetime, most: int) -> list[Write]: ...

    def point_grant(self, grant_id: int, secret_id: int) -> Write: ...

    def forget_grant(self, grant_id: int) -> Write: ...


class Inbox(Protocol):
    def telling(self, whom: Collection[int], note: Note, now: datetime) -> list[Write]: ...


class Requests(Protocol):
    def fetch(self, id: int) -> AccessRequest | None: ...

    def last(self, secret_id: int, user_id: int) -> AccessRequest | None: ...

    def by(self, user_id: int, most: int) -> list[AccessRequest]: ...

    def of_secret(self, secret_id: int, most: int) -> list[AccessRequest]: ...

    def waiting(self, user_id: int, most: int) -> list[AccessRequest]: ...

    def put(self, request: AccessRequest) -> Write: ...

    def point(self, request: AccessRequest, before: AccessRequest | None) -> Write: ...


class DefinitionRows(Protocol):
    """Templates, requirements, and what is to be judged by them again."""

    def current(self) -> Definitions: ...

    def fresh(self) -> Definitions: ...

    def put(self, kind: Template) -> Write: ...

    def put_requirement(self, one: Requirement) -> Write: ...

    def rechecks(self) -> list[Recheck]: ...

    def ask(self, one: Recheck) -> Write: ...

    def moved(self, one: Recheck, cursor: str) -> Write: ...

    def over(self, one: Recheck) -> Write: ...


class SearchTable(Protocol):
    def at(self, epoch: int) -> SearchIndex: ...

    def fresh(self) -> SearchIndex: ...

    def put(self, index: SearchIndex) -> Write: ...

    def save(self, index: SearchIndex) -> None: ...

    def primary(self) -> int: ...

    def hashed(self, generation: Generation) -> Hash: ...

    def slot(self, id: int, number: int, slots: Slots, *, digest: str = "") -> Write: ...

    def late(self, id: int, *, is_late: bool) -> Write: ...

    def due(self, limit: int) -> tuple[list[int], bool]: ...

    def mark(self, secret: Secret, generation: Generation) -> Write: ...

    def secrets(self, ids: Sequence[int]) -> list[tuple[Secret, str]]: ...

    def slots_written(self, id: int) -> int: ...

    def hits(self, token: Token, most: int) -> list[Entry]: ...

    def folder(self, folder_id: int) -> list[Entry]: ...

    def everywhere(self, *, newest_first: bool = False) -> Iterator[list[Entry]]: ...


class Folders(Protocol):
    def tree(self, epoch: int) -> Tree: ...

    def put(self, folder: Folder) -> Write: ...

    def delete(self, folder: Folder) -> Write: ...

    def unchanged(self, folder: Folder) -> Write: ...

    def exists(self, folder: Folder) -> Write: ...


class People(Protocol):
    def known(self, whom: Collection[Grantee]) -> Mapping[Grantee, Named]:
        """What those users and groups are called; who does not exist any more is left out."""

    def members(self, whom: Collection[Grantee]) -> frozenset[int]:
        """Ids of those users, and of who is in those groups."""

    def find(self, wanted: Wanted) -> Named:
        """The user or group that a request names. Raises NotFound."""
