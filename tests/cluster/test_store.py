"""The gate's row on a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.aws.commit import Failed
from chalicelib.aws.table import DataRow, read
from chalicelib.cluster.gate import FIRST, GATE_KEY, STANDBY, Bar, Gate, Wanted
from chalicelib.cluster.store import GateRow, Gates, gate_of

NEW = Gate("c1", nodes={"node-a": FIRST}, version="11.7.0", fingerprint="f" * 16)
EPOCHS = ("folders", "settings", "templates", "roles", "grants", "jobs", "sites", "nodes")


@pytest.fixture
def keys(aws: None) -> None:
    from chalicelib.aws.keyring import make_if_absent

    make_if_absent("c1", wiring.clock())


def found(gate: Gate) -> None:
    wiring.committer()([Gates().found(gate)])


@pytest.mark.usefixtures("keys")
def test_a_gate_is_made_once() -> None:
    assert Gates().fetch() == Gate()
    found(NEW)
    with pytest.raises(Failed):
        found(replace(NEW, cluster_id="other"))
    assert Gates().fetch() == NEW


@pytest.mark.usefixtures("keys")
def test_epochs_move_in_somebody_elses_commit() -> None:
    gates = Gates()
    found(NEW)
    wiring.committer()([gates.bump("folders", "roles")])
    wiring.committer()([gates.bump("folders")])
    assert gates.fetch().epochs == {"folders": 2, "roles": 1}


@pytest.mark.usefixtures("keys")
def test_boxes_and_bars_are_written_on_what_was_read() -> None:
    gates = Gates()
    found(NEW)
    first = gates.fetch()
    second = replace(first, nodes={**first.nodes, "node-b": STANDBY}, barred={"node-a": Bar.CLOCK})
    wiring.committer()([gates.rewrite(first, second)])
    now = gates.fetch()
    assert (now.nodes, now.barred, now.boxes) == (second.nodes, second.barred, 1)
    with pytest.raises(Failed):
        wiring.committer()([gates.rewrite(first, second)])
    wiring.committer()([gates.rewrite(now, replace(now, barred={}, version="11.8.0"))])
    assert (gates.fetch().barred, gates.fetch().version) == ({}, "11.8.0")


@pytest.mark.usefixtures("keys")
def test_the_gate_comes_out_of_a_batched_read() -> None:
    found(NEW)
    assert gate_of(read([GATE_KEY])[GATE_KEY]) == NEW


def test_ten_nodes_and_all_epochs_stay_under_a_kilobyte() -> None:
    row = GateRow(
        *GATE_KEY,
        cluster_id="c" * 32,
        nodes={f"frankfurt-{number:02}": "cberm" for number in range(10)},
        barred={f"frankfurt-{number:02}": "version" for number in range(3)},
        epochs=dict.fromkeys(EPOCHS, 123_456_789),
        boxes=123_456,
        version="11.10.123",
        fingerprint="f" * 16,
    )
    assert size(row) < 1024


def size(row: DataRow) -> int:
    """What DynamoDB counts: names, text, and a few bytes for each number and entry."""
    return _size(row.serialize())


def _size(value: object) -> int:
    match value:
        case {"S": str(text)}:
            return len(text) + 1
        case {"N": str(digits)}:
            return len(digits) // 2 + 3
        case bool():
            return 1
        case {"M": inner}:
            return _size(inner) + 3
        case dict():
            return sum(len(name) + _size(one) for name, one in value.items())
    raise TypeError(str(value))


def test_every_node_is_a_standby_until_told() -> None:
    assert Gate().wanted("node-x") == STANDBY == Wanted()
