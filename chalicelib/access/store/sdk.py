"""Rules and accounts of applications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chalicelib.access.sdk import ClientAccount, Rule
from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import fetch, index, partition, read
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.plain import Plain

from .rows import (
    RULES,
    ClientRow,
    RuleRow,
    client_key,
    rule_key,
)

CLIENTS = "sdk-clients"
MOST_LISTED = 5000


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...


@dataclass(frozen=True, slots=True)
class Clients:
    keyring: Keyring

    def rules(self) -> list[Rule]:
        """All rules, consistently read. One Query a MB."""
        return [_rule(row) for row in partition(RuleRow, RULES)]

    def seal(self, rule_id: int, key: Plain) -> bytes:
        return self.keyring.seal(key, _place(rule_id))

    def key(self, rule: Rule) -> Plain:
        """A rule's onboarding key. Raises Unsealable if it was moved or altered."""
        return self.keyring.open(rule.sealed, _place(rule.id))

    def rule_made(self, rule: Rule) -> Write:
        row = RuleRow(
            *rule_key(rule.id),
            id=rule.id,
            name=rule.name,
            user_id=rule.user_id,
            details=rule.details,
            made_at=stamp(rule.made_at),
            sealed=rule.sealed,
        )
        return Put(row, RuleRow.pk.does_not_exist())

    def rule_removed(self, rule: Rule) -> Write:
        return Delete(RuleRow(*rule_key(rule.id)), RuleRow.pk.exists())

    def find(self, client_id: str) -> ClientAccount | None:
        """An account by its client's id. One GetItem."""
        row = fetch(ClientRow, *client_key(client_id))
        return None if row is None else _account(row)

    def accounts(self) -> list[ClientAccount]:
        """All accounts, by id; found by an index, a moment late."""
        keys = [(hit.pk, hit.sk) for hit in index(1, CLIENTS, limit=MOST_LISTED)]
        parts = (read(keys[start : start + 100]) for start in range(0, len(keys), 100))
        rows = [row for part in parts for row in part.values() if isinstance(row, ClientRow)]
        return sorted(map(_account, rows), key=lambda one: one.id)

    def made(self, account: ClientAccount) -> Write:
        """Fails when the client's id is taken."""
        row = ClientRow(
            *client_key(account.client_id),
            i1pk=CLIENTS,
            i1sk=f"{account.id:010d}",
            id=account.id,
            name=account.name,
            user_id=account.user_id,
            made_at=stamp(account.made_at),
            secret_hash=account.secret_hash,
            details=account.details,
            rule_id=account.rule_id,
            address=account.address or None,
        )
        return Put(row, ClientRow.pk.does_not_exist())

    def removed(self, account: ClientAccount) -> Write:
        return Delete(ClientRow(*client_key(account.client_id)), ClientRow.pk.exists())


def _place(rule_id: int) -> Place:
    return Place("sdk-rule", str(rule_id), "onboarding-key")


def _rule(row: RuleRow) -> Rule:
    return Rule(
        id=int(row.id),
        name=row.name,
        user_id=int(row.user_id),
        made_at=parse_stamp(row.made_at),
        details=row.details,
        sealed=bytes(row.sealed),
    )


def _account(row: ClientRow) -> ClientAccount:
    return ClientAccount(
        id=int(row.id),
        client_id=row.pk.partition("#")[2],
        name=row.name,
        user_id=int(row.user_id),
        made_at=parse_stamp(row.made_at),
        secret_hash=row.secret_hash,
        details=row.details,
        rule_id=int(row.rule_id),
        address=row.address or "",
    )
