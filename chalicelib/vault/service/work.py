"""Secrets as rotation works with them: no person is present, and nothing is shown.

What is changed here comes back as writes, for rotation's own commit: together with its work items,
or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.errors import AccessDenied, NotFound, Stale
from chalicelib.core.plain import Plain
from chalicelib.vault.change import changes_itself, is_allowed
from chalicelib.vault.passwords import Chance, generate, requirement
from chalicelib.vault.ports import Secrets, Values, Write
from chalicelib.vault.secret import FieldValue, Secret, Stored
from chalicelib.vault.state import Due, SecretState, Where
from chalicelib.vault.templates import Part, Template, TemplateField


@dataclass(frozen=True, slots=True)
class WorkSecret:
    """A secret as a changer is told of it. Machine, port, database and username are in the clear.

    port:            0 for the usual one of its kind, -1 when the field holds no port
    slug, version:   of the password's field and its present value; version 0 when it has none
    privileged_id:   the secret whose account changes this one's password; 0 for its own
    changes:         its password is changed by itself when it expires
    heartbeat_every: None when heartbeats are off
    expires_after:   how old a password may get; None for any age
    """

    id: int
    name: str
    site_id: int
    template: Template
    machine: str
    port: int
    database: str
    username: str
    slug: str
    version: int
    pins: tuple[str, ...]
    privileged_id: int
    changes: bool
    heartbeat_every: timedelta | None
    expires_after: timedelta | None
    state: SecretState
    secret: Secret

    @property
    def changer(self) -> str:
        return self.template.changer

    @property
    def is_active(self) -> bool:
        return self.secret.is_active


@dataclass(frozen=True, slots=True)
class WorkService:
    """What rotation asks of the vault. Raises NotFound for a secret that does not exist."""

    secrets: Secrets
    values: Values
    chance: Chance

    def for_work(self, secret_id: int) -> WorkSecret:
        """One secret as it is now, consistently read. One BatchGetItem."""
        return self.all_for_work([secret_id])[0]

    def all_for_work(self, ids: Sequence[int]) -> list[WorkSecret]:
        """Those secrets, in that order. One BatchGetItem for fifty."""
        stored = self.secrets.fetch(ids)
        missing = [id for id in ids if id not in stored]
        if missing:
            raise NotFound("The secret was not found.")
        return [self._work(stored[id]) for id in ids]

    def current(self, work: WorkSecret) -> Plain:
        """The password that is stored now; empty when there is none. No call."""
        return self.values.open(work.id, work.secret.value_of(work.slug))

    def privileged(self, work: WorkSecret) -> WorkSecret | None:
        """The account that changes this one's password, None for its own. One BatchGetItem.

        Raises AccessDenied when it was deleted, or its Owner does not allow this machine.
        """
        if not work.privileged_id:
            return None
        found = self.for_work(work.privileged_id)
        if not found.is_active or not is_allowed(Plain(work.machine), found.secret):
            raise AccessDenied("The privileged account is not allowed for this machine.")
        return found

    def candidate(self, work: WorkSecret) -> Plain:
        """A new password by the field's requirement. Stored nowhere yet."""
        return generate(requirement(self._password_field(work).requirement), self.chance)

    def promoted(
        self, work: WorkSecret, new: Plain, now: datetime, pin: str | None = None
    ) -> Sequence[Write]:
        """Let the new password count and put the old one into the history.

        The commit fails (Conflict) when the secret was changed since `work` was read: read again.
        A pin is kept only if there is none yet.
        """
        one, secret = self._password_field(work), work.secret
        former = secret.value_of(one.slug)
        fresh = self.values.seal(secret.id, one.slug, secret.next_version(one.slug), new, now)
        values: dict[str, FieldValue] = {**secret.values, one.slug: fresh}
        pins = secret.pins or ((pin,) if pin else ())
        writes = [self.secrets.put(replace(secret, values=values, pins=pins))]
        return writes + (self.secrets.keep(secret.id, former, now, one.history) if former else [])

    def pinned(self, work: WorkSecret, pin: str) -> Sequence[Write]:
        """Keep a host's key or certificate on first use; nothing when there is one already."""
        if work.secret.pins:
            return []
        return [self.secrets.put(replace(work.secret, pins=(pin,)))]

    def changed(self, secret_id: int, state: SecretState, based_on: SecretState) -> Sequence[Write]:
        """Store a state; the commit fails (Conflict) when `based_on` is no longer in force."""
        if state.secret_id != secret_id or based_on.secret_id != secret_id:
            raise Stale("the state is another secret's")
        return [self.secrets.put_state(replace(state, version=based_on.version))]

    def due(self, due: Due, where: Where, now: datetime, limit: int) -> list[int]:
        """Secrets with that work due, longest first; a hint to be re-checked. One Query a shard."""
        return self.secrets.due(due, where, now, limit)

    def _work(self, stored: Stored) -> WorkSecret:
        secret, kind = stored.secret, stored.secret.template
        password = kind.password
        value = secret.value_of(password.slug) if password else None
        return WorkSecret(
            id=secret.id,
            name=secret.name,
            site_id=secret.site_id,
            template=kind,
            machine=self._part(secret, Part.MACHINE),
            port=_port(self._part(secret, Part.PORT)),
            database=self._part(secret, Part.DATABASE),
            username=self._part(secret, Part.USERNAME),
            slug=password.slug if password else "",
            version=value.version if value else 0,
            pins=secret.pins,
            privileged_id=secret.privileged_id,
            changes=changes_itself(secret),
            heartbeat_every=kind.heartbeat_every if secret.checks else None,
            expires_after=secret.expiry.age(kind),
            state=stored.state,
            secret=secret,
        )

    def _part(self, secret: Secret, part: Part) -> str:
        """What a changer needs besides the password; "" when the template has no such field."""
        value = secret.value_of(secret.template.parts.get(part, ""))
        return self.values.open(secret.id, value).reveal().strip()

    def _password_field(self, work: WorkSecret) -> TemplateField:
        one = work.template.password
        if one is None:
            raise NotFound("The secret has no password field.")
        return one


def _port(text: str) -> int:
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65536 else -1
