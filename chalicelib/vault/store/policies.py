"""Secret policies, which secrets have one as their own, and changes on their way to secrets."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.access.principal import Behalf
from chalicelib.aws.commit import Delete, Put, Update, Write
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key, partition
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.grants import Grantee, Who
from chalicelib.vault.policy import Applies, Policy, Setting
from chalicelib.vault.policy_items import PolicyValue
from chalicelib.vault.policy_run import PolicyRun, PolicySubject

from .definition_row import PARTITION, DefinitionRow
from .nouns import moment, text

CHANGES = "policy-changes"


class PolicyRow(DefinitionRow, discriminator="secret-policy"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    said = JSONAttribute()


class PolicySecretRow(DataRow, discriminator="secret-policy-own"):
    """Says that a secret has that policy as its own."""

    secret_id = NumberAttribute()


class PolicyChangeRow(DataRow, discriminator="secret-policy-change"):
    """A change on its way to secrets, and how far it is. `turn` moves with each wish for it."""

    subject = UnicodeAttribute()
    id = NumberAttribute()
    turn = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    asker = JSONAttribute()
    cursor = UnicodeAttribute(null=True)
    began_at = UnicodeAttribute(null=True)
    passed = BooleanAttribute(null=True)


@dataclass(frozen=True, slots=True)
class PolicyStore:
    """The policies themselves are read with the templates."""

    def put(self, policy: Policy) -> Write:
        """Store a policy, if it is still of the version that the change is based on."""
        said = {
            "description": policy.description,
            "active": policy.is_active,
            "settings": {
                name: [one.applies.value, _stored(one.value)]
                for name, one in policy.settings.items()
            },
        }
        row = PolicyRow(*_policy_key(policy.id), id=policy.id, name=policy.name, said=said)
        if policy.version:
            row.version = policy.version
        return Put(row)

    def runs(self) -> list[PolicyRun]:
        """Changes that are on their way. One Query."""
        return [_run_of(row) for row in partition(PolicyChangeRow, CHANGES)]

    def ask(self, run: PolicyRun) -> Write:
        """Have a change go through all its secrets, whatever is under way."""
        return Put(_run_row(run))

    def moved(self, run: PolicyRun) -> Write:
        """So far that is; fails when it was asked for anew meanwhile."""
        row = PolicyChangeRow(*_run_key(run))
        actions = [
            PolicyChangeRow.cursor.set(run.cursor),
            PolicyChangeRow.began_at.set(text(run.began_at) or ""),
            PolicyChangeRow.passed.set(run.passed),
        ]
        return Update(row, actions, PolicyChangeRow.turn == run.turn)

    def over(self, run: PolicyRun) -> Write:
        """It is done; fails when it was asked for anew meanwhile."""
        return Delete(PolicyChangeRow(*_run_key(run)), PolicyChangeRow.turn == run.turn)

    def owned(self, policy_id: int, after: int = 0, most: int = 1_000_000) -> list[int]:
        """Ids of the secrets with that policy as their own, in order. One Query a MB."""
        found = PolicySecretRow.sk > f"{after:010d}"
        with known_faults("reading the data table"):
            rows = PolicySecretRow.query(_owned(policy_id), found, consistent_read=True, limit=most)
            return [int(row.secret_id) for row in rows]

    def own(self, policy_id: int, secret_id: int) -> Write:
        key = _owned_key(policy_id, secret_id)
        return Put(PolicySecretRow(*key, secret_id=secret_id))

    def disown(self, policy_id: int, secret_id: int) -> Write:
        return Delete(PolicySecretRow(*_owned_key(policy_id, secret_id)))


def policy_of(row: PolicyRow) -> Policy:
    said = row.said
    settings = {
        name: Setting(Applies(applies), _value_of(value))
        for name, (applies, value) in said["settings"].items()
    }
    return Policy(
        int(row.id),
        row.name,
        said["description"],
        said["active"],
        MappingProxyType(settings),
        int(row.version),
    )


def _stored(value: PolicyValue) -> Any:
    return [[one.who.value, one.id] for one in value] if isinstance(value, tuple) else value


def _value_of(stored: Any) -> PolicyValue:
    if isinstance(stored, list):
        return tuple(Grantee(Who(who), int(whom)) for who, whom in stored)
    return stored if stored is None or isinstance(stored, bool) else int(stored)


def _policy_key(id: int) -> Key:
    return (PARTITION, f"secret-policy#{id:010d}")


def _owned(policy_id: int) -> str:
    return f"secret-policy#{policy_id}"


def _owned_key(policy_id: int, secret_id: int) -> Key:
    return (_owned(policy_id), f"{secret_id:010d}")


def _run_key(run: PolicyRun) -> Key:
    return (CHANGES, f"{run.subject}#{run.id:010d}")


def _run_row(run: PolicyRun) -> PolicyChangeRow:
    who = run.asker
    return PolicyChangeRow(
        *_run_key(run),
        subject=run.subject.value,
        id=run.id,
        turn=run.turn,
        asked_at=stamp(run.asked_at),
        asker=[who.user_id, who.generation, who.address, who.token],
    )


def _run_of(row: PolicyChangeRow) -> PolicyRun:
    return PolicyRun(
        PolicySubject(row.subject),
        int(row.id),
        row.turn,
        parse_stamp(row.asked_at),
        Behalf(*row.asker),
        row.cursor or "",
        moment(row.began_at),
        bool(row.passed),
    )
