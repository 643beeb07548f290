"""The gate's row, under 1 KB and read with every request, and the nodes' rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.update import Action

from chalicelib.aws.commit import Delete, Put, Update
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, fetch, partition, read, typed
from chalicelib.core.clock import parse_stamp, stamp

from .dead_letters import Raised
from .gate import GATE_KEY, NO_GATE, Bar, Gate, Wanted
from .node import Made, Node, Stamp

LETTERS: Mapping[str, str] = {
    "c": "in_cluster",
    "b": "background",
    "e": "engine",
    "r": "recording",
    "m": "maintenance",
}
"""One letter a ticked box keeps the row small."""
NO_BOXES = "-"


def _map() -> Any:
    """An attribute that holds a map of text to text or numbers."""
    return MapAttribute(default=dict)  # type: ignore[no-untyped-call]


class GateRow(DataRow, discriminator="gate"):
    cluster_id = UnicodeAttribute()
    nodes: Any = _map()
    barred: Any = _map()
    epochs: Any = _map()
    boxes = NumberAttribute(default=0)  # counts changes of boxes, bars, version: their condition
    version = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    schema = NumberAttribute(default=0)
    lenient = BooleanAttribute(default=False)
    unheld = UnicodeAttribute(null=True)


def gate_of(row: object) -> Gate:
    """The gate in its row; NO_GATE when there is none yet."""
    if not isinstance(row, GateRow):
        return NO_GATE
    return Gate(
        cluster_id=row.cluster_id,
        nodes={name: boxes_of(letters) for name, letters in row.nodes.as_dict().items()},
        barred={name: bar_in(why) for name, why in row.barred.as_dict().items()},
        epochs={name: int(count) for name, count in row.epochs.as_dict().items()},
        boxes=int(row.boxes),
        version=row.version,
        fingerprint=row.fingerprint,
        schema=int(row.schema or 0),
        lenient=bool(row.lenient),
        unheld=row.unheld or "",
    )


def boxes_of(letters: str) -> Wanted:
    """The boxes that a node's letters tick; unknown letters, of a newer version, say nothing."""
    return Wanted(**{LETTERS[one]: True for one in letters if one in LETTERS})


def bar_in(text: str) -> Bar:
    """A bar by its name; one that only a newer version knows is a matter of versions."""
    return Bar(text) if text in list(Bar) else Bar.VERSION


def letters_of(wanted: Wanted) -> str:
    return "".join(one for one, box in LETTERS.items() if getattr(wanted, box)) or NO_BOXES


class Gates:
    """Reads and writes the gate."""

    parse = staticmethod(gate_of)

    def fetch(self) -> Gate:
        """The gate, consistently read. One GetItem."""
        return gate_of(fetch(GateRow, *GATE_KEY))

    def found(self, gate: Gate) -> Put:
        """The gate of a new cluster; fails when there is one. Never replaces one."""
        row = GateRow(
            *GATE_KEY,
            cluster_id=gate.cluster_id,
            nodes={name: letters_of(wanted) for name, wanted in gate.nodes.items()},
            barred={},
            epochs=dict(gate.epochs),
            boxes=gate.boxes,
            version=gate.version,
            fingerprint=gate.fingerprint,
            schema=gate.schema,
        )
        return Put(row, GateRow.pk.does_not_exist())

    def bump(self, *epochs: str) -> Update:
        """Tell every process that its copies of those things are old."""
        return Update(GateRow(*GATE_KEY), [_one_more(name) for name in epochs])

    def follow_settings(self, epoch: str, lenient: bool) -> Update:
        """Move the settings' epoch, and remember the one setting that requests must know at once.

        Moves `boxes` too: an agent that judged by the old setting must look again.
        """
        actions = [_one_more(epoch), GateRow.lenient.set(lenient), _one_more_box()]
        return Update(GateRow(*GATE_KEY), actions)

    def rewrite(self, before: Gate, after: Gate) -> Update:
        """Write what differs in nodes, bars, version and fingerprint; fails if one moved since."""
        actions: list[Action] = [GateRow.boxes.set(before.boxes + 1)]
        for name, wanted in after.nodes.items():
            if before.nodes.get(name) != wanted:
                actions.append(GateRow.nodes[name].set(letters_of(wanted)))
        actions += [
            GateRow.barred[name].set(str(bar))
            for name, bar in after.barred.items()
            if before.barred.get(name) != bar
        ]
        actions += [GateRow.barred[name].remove() for name in before.barred.keys() - after.barred]
        actions += [GateRow.nodes[name].remove() for name in before.nodes.keys() - after.nodes]
        actions += _changed(before, after)
        return Update(GateRow(*GATE_KEY), actions, GateRow.boxes == before.boxes)


def _one_more(epoch: str) -> Action:
    one_more: Action = GateRow.epochs[epoch].set((GateRow.epochs[epoch] | 0) + 1)
    return one_more


def _one_more_box() -> Action:
    one_more: Action = GateRow.boxes.set(GateRow.boxes + 1)
    return one_more


def _changed(before: Gate, after: Gate) -> list[Action]:
    """Actions for the plain attributes that differ."""
    names = ("version", "schema", "unheld")
    values = {name: getattr(after, name) for name in names}
    return [
        getattr(GateRow, name).set(value)
        for name, value in values.items()
        if value != getattr(before, name)
    ]


NODES = "nodes"


class NodeRow(DataRow, discriminator="node"):
    id = NumberAttribute()
    seen_at = UnicodeAttribute()
    version = UnicodeAttribute()
    schema = NumberAttribute()
    fingerprint = UnicodeAttribute(null=True)
    offset = NumberAttribute(null=True)
    applied = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    schedules = UnicodeAttribute(null=True)
    queues = JSONAttribute(null=True)
    missing = JSONAttribute(null=True)
    maintenance_at = UnicodeAttribute(null=True)
    log_level = UnicodeAttribute(null=True)
    reported = UnicodeAttribute(null=True)


class Nodes:
    """Reads and writes the nodes' rows: all in one partition, by name."""

    def with_gate(self, name: str) -> tuple[Gate, Node | None]:
        """The gate and a node's row, consistently read. One BatchGetItem."""
        rows = read([GATE_KEY, (NODES, name)])
        row = typed(rows, NodeRow, (NODES, name))
        return gate_of(rows.get(GATE_KEY)), _node(row) if row else None

    def all(self) -> list[Node]:
        """Every node, by name. One Query."""
        return [_node(row) for row in partition(NodeRow, NODES)]

    def create(self, node: Node) -> Put:
        """The row of a node that has none; fails when it has."""
        row = NodeRow(NODES, node.name, id=node.id)
        for attribute, value in (_stamped(node.stamp) | _made(node.made)).items():
            setattr(row, attribute, value)
        return Put(row, NodeRow.pk.does_not_exist())

    def stamp(self, name: str, said: Stamp, made: Made | None = None) -> None:
        """Write what an agent says about its node; `made` only when it has changed. One call."""
        values = _stamped(said) | (_made(made) if made else {})
        with known_faults("stamping a node's row"):
            NodeRow(NODES, name).update(_settings(values), NodeRow.pk.exists())

    def change(self, name: str, log_level: str, maintenance_at: datetime | None) -> Update:
        """Set what admins set besides the boxes."""
        values = {
            "log_level": log_level or None,
            "maintenance_at": stamp(maintenance_at) if maintenance_at else None,
        }
        return Update(NodeRow(NODES, name), _settings(values), NodeRow.pk.exists())

    def remove(self, node: Node) -> Delete:
        """Take a node's row away; fails when its agent has stamped it since."""
        seen = NodeRow.seen_at == stamp(node.stamp.seen_at)
        return Delete(NodeRow(NODES, node.name), seen)

    def report(self, node: Node, state: str) -> Update:
        """Remember that a node's state was raised; fails when somebody did so meanwhile."""
        before = node.reported
        same = NodeRow.reported == before if before else NodeRow.reported.does_not_exist()
        return Update(NodeRow(NODES, node.name), _settings({"reported": state or None}), same)


def _settings(values: Mapping[str, Any]) -> list[Action]:
    """An action for each value; None removes."""
    return [
        getattr(NodeRow, name).remove() if value is None else getattr(NodeRow, name).set(value)
        for name, value in values.items()
    ]


def _stamped(said: Stamp) -> dict[str, Any]:
    return {
        "seen_at": stamp(said.seen_at),
        "version": said.version,
        "schema": said.schema,
        "fingerprint": said.fingerprint or None,
        "offset": None if said.offset is None else said.offset.total_seconds(),
        "applied": said.applied or None,
        "error": said.error or None,
    }


def _made(made: Made) -> dict[str, Any]:
    return {
        "schedules": made.schedules or None,
        "queues": sorted(made.queues) or None,
        "missing": sorted(made.missing) or None,
    }


def _node(row: NodeRow) -> Node:
    said = Stamp(
        seen_at=parse_stamp(row.seen_at),
        version=row.version,
        schema=int(row.schema),
        fingerprint=row.fingerprint or "",
        offset=None if row.offset is None else timedelta(seconds=float(row.offset)),
        applied=row.applied or "",
        error=row.error or "",
    )
    return Node(
        id=int(row.id),
        name=row.sk,
        stamp=said,
        made=Made(row.schedules or "", frozenset(row.queues or ()), frozenset(row.missing or ())),
        maintenance_at=parse_stamp(row.maintenance_at) if row.maintenance_at else None,
        log_level=row.log_level or "",
        reported=row.reported or "",
    )


class DeadLetterRow(DataRow, discriminator="dead-letters"):
    """What was last raised about a queue's dead letters; gone by itself after a day."""

    letters = NumberAttribute()
    at = UnicodeAttribute()


class DeadLetters:
    def raised(self, queue: str) -> Raised | None:
        row = fetch(DeadLetterRow, f"dead-letters#{queue}", "raised")
        return Raised(int(row.letters), parse_stamp(row.at)) if row else None

    def raise_now(self, queue: str, before: Raised | None, raised: Raised) -> Put:
        """Remember an event; fails when another worker raised one meanwhile."""
        row = DeadLetterRow(
            f"dead-letters#{queue}",
            "raised",
            letters=raised.count,
            at=stamp(raised.at),
            ttl=int(raised.at.timestamp()) + 86_400,
        )
        same = DeadLetterRow.at == stamp(before.at) if before else DeadLetterRow.pk.does_not_exist()
        return Put(row, same)
