"""The nodes' rows: all in one partition, by name.

A row is written in the writing region only: two regions that write one row would lose what one of
them wrote. What agents elsewhere say goes to rows of their own, `@<name>`, and is entered from
there (`service/mirror.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.aws.commit import Delete, Put, Update
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, partition, read, typed
from chalicelib.cluster.gate import GATE_KEY, Gate
from chalicelib.cluster.node import Heard, Made, Node, Stamp
from chalicelib.cluster.region import is_outside
from chalicelib.core.clock import parse_stamp, stamp

from .gate import DECISION, decided_gate

NODES = "nodes"
ELSEWHERE = "@"
"""Before a node's name: it sorts before all names, and no name begins so."""

KEPT = timedelta(days=1)


class SaidRow(DataRow):
    """What an agent says of its node, and remembers."""

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
    quiet = UnicodeAttribute(null=True)


class NodeRow(SaidRow, discriminator="node"):
    id = NumberAttribute()
    maintenance_at = UnicodeAttribute(null=True)
    log_level = UnicodeAttribute(null=True)
    reported = UnicodeAttribute(null=True)


class ElsewhereRow(SaidRow, discriminator="node_elsewhere"):
    REGIONAL = True

    region = UnicodeAttribute()


class Nodes:
    """Reads and writes the nodes' rows: all in one partition, by name."""

    def with_gate(self, name: str) -> tuple[Gate, Node | None]:
        """The gate and a node's row, consistently read. One BatchGetItem.

        Outside the writing region the node is as its agent said there.
        """
        own, there = (NODES, name), (NODES, ELSEWHERE + name)
        rows = read([GATE_KEY, DECISION, own, there])
        gate, row = decided_gate(rows), typed(rows, NodeRow, own)
        said = typed(rows, ElsewhereRow, there) if is_outside(gate, name) else None
        node = _node(row) if row else None
        if said is not None:
            node = replace(node or Node(0, name, _said(said)), stamp=_said(said), made=_did(said))
        return gate, node

    def all(self) -> list[Node]:
        """Every node, by name. One Query."""
        return [_node(row) for row in partition(NodeRow, NODES)]

    def heard(self) -> list[Heard]:
        """What agents outside the writing region say. One Query."""
        rows = partition(ElsewhereRow, NODES, begins=ELSEWHERE)
        return [
            Heard(row.region, Node(0, row.sk[len(ELSEWHERE) :], _said(row), _did(row)))
            for row in rows
        ]

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

    def speak(self, region: str, node: Node) -> None:
        """Write what an agent outside the writing region says, where only it writes. One call."""
        row = ElsewhereRow(NODES, ELSEWHERE + node.name, region=region)
        for attribute, value in (_stamped(node.stamp) | _made(node.made)).items():
            setattr(row, attribute, value)
        row.ttl = int((node.stamp.seen_at + KEPT).timestamp())
        with known_faults("writing down how a node is"):
            row.save()

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
        "quiet": stamp(made.quiet) if made.quiet else None,
    }


def _said(row: SaidRow) -> Stamp:
    return Stamp(
        seen_at=parse_stamp(row.seen_at),
        version=row.version,
        schema=int(row.schema),
        fingerprint=row.fingerprint or "",
        offset=None if row.offset is None else timedelta(seconds=float(row.offset)),
        applied=row.applied or "",
        error=row.error or "",
    )


def _did(row: SaidRow) -> Made:
    return Made(
        row.schedules or "",
        frozenset(row.queues or ()),
        frozenset(row.missing or ()),
        parse_stamp(row.quiet) if row.quiet else None,
    )


def _node(row: NodeRow) -> Node:
    return Node(
        id=int(row.id),
        name=row.sk,
        stamp=_said(row),
        made=_did(row),
        maintenance_at=parse_stamp(row.maintenance_at) if row.maintenance_at else None,
        log_level=row.log_level or "",
        reported=row.reported or "",
    )
