"""Backups and upgrades: one taken right after restores; an older one is upgraded once restored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import SCHEMA, VERSION, wiring
from chalicelib.aws.connection import connection
from chalicelib.aws.counters import CounterRow
from chalicelib.cluster.gate import Code
from chalicelib.cluster.migration import path
from chalicelib.cluster.store import Gates, Upgrades
from chalicelib.cluster.upgrade import Upgrade, begun
from infra.aws import client
from infra.restore import restore
from tests.conftest import forget

from .conftest import Kept, all_rows

KEYRING = {"pk": {"S": "keyring"}, "sk": {"S": "keyring"}}


def gate_says(**changes: object) -> None:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, **changes))])  # type: ignore[arg-type]


def an_upgrade_in_progress() -> None:
    """As it stands in a cluster whose rows were just migrated."""
    now, gate = wiring.clock()(), Gates().fetch()
    source, target = Code(VERSION, SCHEMA - 1), Code(VERSION, SCHEMA)
    upgrade = Upgrade("u", source, target, "node-a", gate.nodes, 7, now)
    wiring.committer()([Upgrades().put(begun(upgrade, now))])
    gate_says(version=VERSION, schema=SCHEMA - 1, upgrading=SCHEMA)


def migrate(source: int) -> None:
    from chalicelib.catalogue import resolve

    for one in path(source, SCHEMA):
        cursor = resolve(one.run)("").cursor  # type: ignore[operator]
        while cursor:
            cursor = resolve(one.run)(cursor).cursor  # type: ignore[operator]


def wrapped() -> object:
    answer = client("dynamodb").get_item(TableName=connection().data_table, Key=KEYRING)
    return answer["Item"]["keys"]


def test_a_backup_taken_right_after_an_upgrade_restores(kept: Kept) -> None:
    kept.store(5)
    CounterRow("counter#secret", "counter", last=20).save()
    migrate(SCHEMA - 1)
    gate_says(version=VERSION, schema=SCHEMA)
    keys = wrapped()
    entry = kept.back_up()
    kept.wipe()
    restore("test", entry.id)
    forget()
    assert kept.opened() == kept.values
    assert (Gates().fetch().schema, wrapped()) == (SCHEMA, keys)


def test_a_backup_of_the_schema_before_restores_and_is_upgraded(kept: Kept) -> None:
    kept.store(5)
    CounterRow("counter#secret", "counter", last=20).save()
    an_upgrade_in_progress()
    entry = kept.back_up()
    kept.wipe()
    restore("test", entry.id)
    forget()
    gate = Gates().fetch()
    assert (gate.schema, gate.upgrading) == (SCHEMA - 1, 0)  # what was in progress is forgotten
    assert Upgrades().both()[0] is None
    migrate(gate.schema)
    assert kept.opened() == kept.values


def index_rows() -> list[object]:
    """What this schema's migration adds: the index of secrets for search."""
    every = all_rows(connection().data_table)
    return [row for row in every if row["kind"]["S"].startswith(("secret-find", "search-"))]


@pytest.mark.parametrize("step", ["migrating", "an agent", "an upgrade"])
def test_the_keyring_is_never_overwritten(kept: Kept, step: str) -> None:
    """Whatever upgrades a cluster leaves it as it is, though they try."""
    kept.store(2)
    CounterRow("counter#secret", "counter", last=20).save()
    keys, rows = wrapped(), len(all_rows(connection().data_table))
    if step == "migrating":
        migrate(SCHEMA - 1)
        rows += len(index_rows())
    elif step == "an agent":
        from chalicelib.cluster.hands import Keys

        assert not Keys(wiring.keyring(), wiring.clock()).ensure("another cluster")
    else:
        an_upgrade_in_progress()
        rows += 1
    assert wrapped() == keys
    assert len(all_rows(connection().data_table)) == rows
    forget()
    assert kept.opened() == kept.values
