"""What rotation needs of others, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from chalicelib.changers.work import WorkKind
from chalicelib.core.audit import AuditRecord
from chalicelib.core.ids import Ids
from chalicelib.core.messages import Message, Ref, message
from chalicelib.core.plain import Plain
from chalicelib.rotation.change import Candidate, PasswordChange
from chalicelib.rotation.item import Item, Terms, offer
from chalicelib.sites.site import LOCAL_ID, queues
from chalicelib.vault.compliance import Judgement
from chalicelib.vault.script import Script
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import Due, SecretState, Where

Write: TypeAlias = Any
"""One write of a store, passed on to a commit unseen."""

Event: TypeAlias = Any
"""One message and its queue, passed on to a commit unseen."""

LIMIT = 100
"""What one slice of a tick takes up: what one batched read fetches."""


class Found(Protocol):
    """What one read of rotation's store found; saves are based on it."""

    @property
    def items(self) -> Mapping[str, Item]: ...
    @property
    def changes(self) -> Mapping[int, PasswordChange]: ...


class Store(Protocol):
    def find(self, item_ids: Sequence[str] = (), secret_ids: Sequence[int] = ()) -> Any:
        """Items by id and the changes of secrets, as Found. One call."""

    def silent(self, now: datetime, limit: int, after: str = "") -> list[tuple[str, str]]: ...
    def past(self, secret_id: int, now: datetime) -> list[PasswordChange]: ...
    def save_item(self, item: Item, found: Any = ...) -> Write: ...
    def save_change(self, change: PasswordChange, found: Any = ...) -> Write: ...
    def keep_past(self, change: PasswordChange, now: datetime) -> Write: ...
    def seal(self, plain: Plain, change_id: str, number: int) -> Candidate: ...
    def open(self, change: PasswordChange, number: int) -> Plain: ...


class Vault(Protocol):
    """The secrets, for work without a person. Everything it writes holds only if nobody else
    wrote that secret or state since it was fetched.
    """

    def due(self, due: Due, where: Where, now: datetime, limit: int) -> list[int]:
        """Ids of the secrets with that work due, longest first. A hint. One call."""

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Stored]:
        """The secrets that exist. One call for fifty."""

    def open(self, secret: Secret, slug: str) -> Plain:
        """A field's current value, empty for none."""

    def judged(self, secret: Secret, password: Plain) -> Mapping[str, Judgement]:
        """Whether its passwords meet their requirements once that one is the current value."""

    def promoted(self, secret: Secret, password: Plain, now: datetime) -> Sequence[Write]:
        """The password as the current value, the one before it in the history."""

    def told_of_change(self, secret: Secret, now: datetime) -> Sequence[Write]:
        """Mails about its new password, for who asked for them."""

    def told_of_failure(self, secret: Secret, why: str, now: datetime) -> Sequence[Write]:
        """Mails about a heartbeat that failed, for who asked for them."""

    def script(self, id: int) -> Script | None:
        """A script for hooks. One read."""

    def put(self, secret: Secret) -> Write: ...
    def put_state(self, state: SecretState) -> Write: ...
    def fresh_password(self, secret: Secret) -> Plain:
        """A new password by the requirement of the secret's template."""

    def allows(self, privileged: Secret, machine: Plain) -> bool:
        """Whether a privileged account may be used for that machine now."""


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Event] = (),
    ) -> None: ...
    def record(self, audit: AuditRecord) -> None: ...


class Outgoing(Protocol):
    def __call__(self, queue: str, message: Message) -> Event: ...


class TermsOf(Protocol):
    def __call__(self, kind: WorkKind) -> Terms:
        """How long work of that kind is on offer and leased, by the settings."""


class MayChange(Protocol):
    def __call__(self) -> bool:
        """Whether this node may offer and hand out changes and hooks now: not in maintenance."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What all use cases of rotation share."""

    store: Store
    vault: Vault
    commit: Commit
    outgoing: Outgoing
    ids: Ids
    terms: TermsOf
    may_change: MayChange

    def offered(self, kind: WorkKind, stored: Stored, now: datetime) -> Item:
        """A new item for that secret, at its site."""
        state = stored.state
        item = offer(
            self.ids(), kind, state.secret_id, stored.secret.site_id, self.terms(kind), now
        )
        return replace(item, was=state.heartbeat.value) if kind is WorkKind.HEARTBEAT else item

    def event(self, item: Item, now: datetime, *, at_once: bool = False) -> Event:
        """The message that tells the item's site of it; ids only."""
        body: dict[str, Ref] = {"item": item.id, "secret": item.secret_id, "work": item.kind.value}
        told = message(item.id, "site.item", now, item.expires_at - now, body, item.change_id)
        return self.outgoing(queue_of(item, at_once=at_once), told)


def queue_of(item: Item, *, at_once: bool) -> str:
    """The queue of the item's site; what a person waits for has its own.

    Not a change or a hook on site Local: the function behind its `-now` queue lives 20 s, and one
    that is cut in the middle of a change leaves a password to be found out.
    """
    is_cut = item.site_id == LOCAL_ID and item.kind in (WorkKind.CHANGE, WorkKind.HOOK)
    waiting, now = queues(item.site_id)
    return now if at_once and not is_cut else waiting


def password_version(secret: Secret) -> int:
    """The version of the password in the secret's field, 0 for none."""
    field = secret.template.password
    value = secret.value_of(field.slug) if field else None
    return value.version if value else 0


def about(action: str, secret_id: int, now: datetime, detail: str, **more: str) -> AuditRecord:
    """A line of the trail about what the system did with a secret."""
    return AuditRecord(0, action, "Secret", str(secret_id), now, detail, **more)
