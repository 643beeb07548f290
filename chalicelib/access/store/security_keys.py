"""Security keys: the writes that change them."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeSetAttribute

from chalicelib.access.security_key import SecurityKey, SecurityKeys
from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.table import DataRow, Key
from chalicelib.core.clock import parse_stamp, stamp


class KeysRow(DataRow, discriminator="security-keys"):
    """His security keys: their public halves. `turn` moves with each change and each use."""

    user_id = NumberAttribute()
    keys = JSONAttribute()
    recovery = UnicodeSetAttribute(null=True)
    turn = NumberAttribute()


def keys_key(id: int) -> Key:
    return (f"factor#{id}", "security-keys")


class Keys:
    def saved(self, keys: SecurityKeys) -> Write:
        """The keys as changed, if nothing else has changed them since they were read."""
        row = KeysRow(
            *keys_key(keys.user_id),
            user_id=keys.user_id,
            keys=[_facts(one) for one in keys.keys],
            recovery=set(keys.recovery) or None,
            turn=keys.turn + 1,
        )
        unseen = KeysRow.pk.does_not_exist()
        return Put(row, KeysRow.turn == keys.turn if keys.turn else unseen)

    def removed(self, keys: SecurityKeys) -> Write:
        return Delete(KeysRow(*keys_key(keys.user_id)), KeysRow.turn == keys.turn)


def keys_of(row: KeysRow) -> SecurityKeys:
    keys = tuple(_key(one) for one in row.keys)
    return SecurityKeys(int(row.user_id), keys, frozenset(row.recovery or ()), int(row.turn))


def _facts(key: SecurityKey) -> dict[str, Any]:
    used = key.used_at
    return {
        "number": key.number,
        "credential": key.credential,
        "name": key.name,
        "site": key.site,
        "counter": key.counter,
        "made_at": stamp(key.made_at),
        "used_at": stamp(used) if used else None,
    }


def _key(facts: dict[str, Any]) -> SecurityKey:
    used = facts.get("used_at")
    return SecurityKey(
        number=facts["number"],
        credential=facts["credential"],
        name=facts["name"],
        site=facts["site"],
        counter=facts["counter"],
        made_at=parse_stamp(facts["made_at"]),
        used_at=parse_stamp(used) if used else None,
    )
