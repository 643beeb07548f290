"""Secrets as rotation works with them: no person is present, and nothing is shown.

What is changed here comes back as writes, for rotation's own commit: together with its work items,
or not at all. Each write holds only if nobody wrote that secret, or that state, since it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.errors import NotFound
from chalicelib.core.plain import Plain
from chalicelib.vault.change import is_allowed
from chalicelib.vault.compliance import Judgement, judged
from chalicelib.vault.passwords import Chance, generate
from chalicelib.vault.ports import Secrets, Values, Write
from chalicelib.vault.requirement import DEFAULT
from chalicelib.vault.script import Script
from chalicelib.vault.secret import FieldValue, Secret, Stored
from chalicelib.vault.state import Due, SecretState, Where
from chalicelib.vault.templates import TemplateField
from chalicelib.vault.watching import Happening

from .scripts import Scripts
from .watching import Watching


@dataclass(frozen=True, slots=True)
class WorkService:
    secrets: Secrets
    values: Values
    chance: Chance
    watching: Watching
    scripts: Scripts

    def due(self, due: Due, where: Where, now: datetime, limit: int) -> list[int]:
        """Secrets with that work due, longest first; a hint to be re-checked. One Query a shard."""
        return self.secrets.due(due, where, now, limit)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Stored]:
        """The secrets that exist, as they are now. One BatchGetItem for fifty."""
        return self.secrets.fetch(ids)

    def open(self, secret: Secret, slug: str) -> Plain:
        """A field's present value, empty for none. No call."""
        return self.values.open(secret.id, secret.value_of(slug))

    def promoted(self, secret: Secret, password: Plain, now: datetime) -> Sequence[Write]:
        """Let that password count, and put the one before it into the history.

        What else was changed of the given secret, such as its pins, is stored with it.
        """
        one = _password_field(secret)
        former = secret.value_of(one.slug)
        version = secret.next_version(one.slug)
        fresh = self.values.seal(secret.id, one.stored_as, version, password, now)
        values: dict[str, FieldValue] = {**secret.values, one.slug: fresh}
        writes = [self.secrets.put(replace(secret, values=values))]
        return writes + (self.secrets.keep(secret.id, former, now, one.history) if former else [])

    def judged(self, secret: Secret, password: Plain) -> Mapping[str, Judgement]:
        """Whether the secret's passwords meet their requirements, once `promoted` was written."""
        one = _password_field(secret)
        fresh = FieldValue(one.stored_as, secret.next_version(one.slug), secret.created_at, b"-")
        after = replace(secret, values={**secret.values, one.slug: fresh})
        return judged(after, lambda slug: password if slug == one.slug else self.open(secret, slug))

    def script(self, id: int) -> Script | None:
        """A script for hooks. One read."""
        return self.scripts.fetch(id)

    def put(self, secret: Secret) -> Write:
        return self.secrets.put(secret)

    def told_of_change(self, secret: Secret, now: datetime) -> Sequence[Write]:
        """Mails about its new password, for who asked for them."""
        what = _password_field(secret).name
        return self.watching.by_itself(secret, Happening.CHANGED, what, now).writes

    def told_of_failure(self, secret: Secret, why: str, now: datetime) -> Sequence[Write]:
        """Mails about a heartbeat that failed, for who asked for them."""
        return self.watching.by_itself(secret, Happening.HEARTBEAT_FAILED, why, now).writes

    def put_state(self, state: SecretState) -> Write:
        return self.secrets.put_state(state)

    def fresh_password(self, secret: Secret) -> Plain:
        """A new password by the requirement of the secret's template. Stored nowhere yet."""
        return generate(_password_field(secret).rules or DEFAULT, self.chance)

    def allows(self, privileged: Secret, machine: Plain) -> bool:
        """Whether a privileged account may be used for that machine now: its Owner says so."""
        return privileged.is_active and is_allowed(machine, privileged)


def _password_field(secret: Secret) -> TemplateField:
    one = secret.template.password
    if one is None:
        raise NotFound("The secret's template has no password field.")
    return one
