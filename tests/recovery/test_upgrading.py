"""A replica and its source are upgraded, in the guide's order and in the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.aws.counters import CounterRow
from chalicelib.cluster.functions import WORKERS, Role
from chalicelib.cluster.gate import OWN, Bar, Code, Gate, bar_of, may_run
from chalicelib.cluster.guard import decide
from chalicelib.cluster.store import Gates
from chalicelib.recovery.store import ReplicationTable
from chalicelib.vault.migrations import list_by_privileged_account
from infra.promote import promote
from tests.mirror import agent
from tests.recovery.conftest import DR_NODE, PRODUCTION, STANDBY, Pair, put, rows

NEW = OWN
OLD = Code("11.0.0", NEW.schema - 1)
(BACKGROUND,) = [one for one in WORKERS if one.name == "background"]


def gate_says(**changes: object) -> Gate:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, **changes))])  # type: ignore[arg-type]
    return Gates().fetch()


@pytest.fixture
def old(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Both are of the version before, and the standby follows the production."""
    runs(OLD, "backup.service", monkeypatch)
    runs(OLD, "recovery.replica", monkeypatch)
    CounterRow("counter#secret", "counter", last=20).save()
    gate_says(version=OLD.version, schema=OLD.schema)
    with pair.inside(STANDBY):
        gate_says(version=OLD.version, schema=OLD.schema)
    pair.kept.back_up()
    pair.follow()
    return pair


def runs(code: Code, module: str, patch: pytest.MonkeyPatch) -> None:
    """The code of an area is of that version, where it says so."""
    patch.setattr(f"chalicelib.{module}.VERSION", code.version)
    patch.setattr(f"chalicelib.{module}.SCHEMA", code.schema)


def upgrade_production(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    """As `make upgrade` leaves it, with a backup taken afterwards."""
    runs(NEW, "backup.service", patch)
    list_by_privileged_account("")
    gate_says(version=NEW.version, schema=NEW.schema)
    put(PRODUCTION, "folder#5", "folder")
    pair.kept.store(2)
    pair.kept.back_up()


def upgrade_replica(patch: pytest.MonkeyPatch) -> None:
    runs(NEW, "recovery.replica", patch)


def look(pair: Pair, code: Code) -> Gate:
    """The replica's agent looks, and its worker takes the tick that it may take."""
    with pair.inside(STANDBY):
        agent(DR_NODE, code)
        gate = Gates().fetch()
        if decide(gate, DR_NODE, BACKGROUND, code).allowed:
            pair.tick()
        agent(DR_NODE, code)
        return Gates().fetch()


def error(pair: Pair) -> str:
    with pair.inside(STANDBY):
        return ReplicationTable().read().error


def opened(pair: Pair) -> bool:
    with pair.inside(STANDBY):
        return pair.kept.opened() == pair.kept.values


def test_production_first_the_replica_says_what_it_needs_and_follows_once_it_has_it(
    old: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_production(old, monkeypatch)
    gate = look(old, OLD)
    assert f"(schema {NEW.schema})" in error(old)
    assert "deploy that version to this cluster's nodes" in error(old)
    assert (gate.version, gate.schema) == (OLD.version, OLD.schema), "its rows are as they were"
    assert not opened(old)
    upgrade_replica(monkeypatch)
    gate = look(old, NEW)
    assert error(old) == ""
    assert (gate.version, gate.schema, dict(gate.barred)) == (NEW.version, NEW.schema, {})
    assert ("folder#5", "folder") in rows(STANDBY)
    assert opened(old)
    assert bar_of(gate, DR_NODE, OLD) is Bar.VERSION, "a node of it that is older says so"
    promote(STANDBY, old.said.append)
    with old.inside(STANDBY):
        assert Gates().fetch().upgrading == 0
        assert works(NEW)


def test_replica_first_it_goes_on_following_the_older_source_and_then_the_newer(
    old: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_replica(monkeypatch)
    put(PRODUCTION, "folder#4", "folder")
    old.kept.store(1)
    old.kept.back_up()
    gate = look(old, NEW)
    assert error(old) == ""
    assert ("folder#4", "folder") in rows(STANDBY)
    assert (gate.version, gate.schema, dict(gate.barred)) == (NEW.version, OLD.schema, {})
    assert opened(old)
    upgrade_production(old, monkeypatch)
    gate = look(old, NEW)
    assert (error(old), gate.schema) == ("", NEW.schema)
    assert ("folder#5", "folder") in rows(STANDBY)
    assert opened(old)


def test_a_newer_replica_of_older_rows_takes_over_works_and_is_upgraded_afterwards(
    old: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_replica(monkeypatch)
    look(old, NEW)
    promote(STANDBY, old.said.append)
    assert any("run make upgrade" in line for line in old.said)
    with old.inside(STANDBY):
        agent(DR_NODE, NEW)
        gate = Gates().fetch()
        assert (gate.schema, gate.upgrading, dict(gate.barred)) == (OLD.schema, NEW.schema, {})
        assert works(NEW)
        old.kept.back_up()
        assert problems() == []


def test_a_replica_is_not_upgraded_by_itself(old: Pair) -> None:
    with old.inside(STANDBY):
        (found,) = problems()
    assert f"replica of {PRODUCTION}" in found
    assert "make deploy" in found


def test_a_backup_taken_in_the_middle_of_an_upgrade_is_of_the_rows_before(
    old: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(NEW, "backup.service", monkeypatch)
    runs(NEW, "recovery.replica", monkeypatch)
    gate_says(upgrading=NEW.schema)
    old.kept.back_up()
    gate = look(old, NEW)
    assert (error(old), gate.schema) == ("", OLD.schema)


def works(code: Code) -> bool:
    gate = Gates().fetch()
    return all(may_run(gate, DR_NODE, role, code) for role in Role)


def problems() -> list[str]:
    class Who:
        user_id, address = 7, ""

    begin: Callable[..., list[str]] = wiring.upgrades().begin
    return begin(Who(), NEW, DR_NODE, wiring.clock()(), check=True)
