"""The gate's row, under 1 KB and read with every request."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.update import Action

from chalicelib.aws.commit import Put, Update
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow, Key, fetch
from chalicelib.cluster.gate import GATE_KEY, NO_GATE, Bar, Gate, Wanted
from chalicelib.cluster.licensing import UNSIGNED, Licensing
from chalicelib.cluster.region import by_decision
from chalicelib.cluster.unlimited import Unlimited, parsed, written
from chalicelib.core.clock import parse_stamp, stamp

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
    licensing = JSONAttribute(null=True)  # [signer, trial, until, nodes]: small
    clustering = BooleanAttribute(default=False)
    replica = UnicodeAttribute(null=True)
    replica_at = UnicodeAttribute(null=True)
    internal_bus = BooleanAttribute(default=False)
    bus_since = UnicodeAttribute(null=True)
    writing = UnicodeAttribute(null=True)
    moving = UnicodeAttribute(null=True)
    regions = JSONAttribute(null=True)  # small, and written whole
    term = NumberAttribute(null=True)
    upgrading = NumberAttribute(default=0)
    unlimited = UnicodeAttribute(null=True)


DECISION = ("regions", "decision")


class DecisionRow(DataRow, discriminator="region_decision"):
    """Which region writes, written by a move alone: the gate's row is written by others too."""

    REGIONAL = True

    writing = UnicodeAttribute()
    term = NumberAttribute()


def decided_gate(rows: Mapping[Key, DataRow]) -> Gate:
    """The gate among rows that were read, by the decision among them."""
    gate, decision = gate_of(rows.get(GATE_KEY)), rows.get(DECISION)
    if not isinstance(decision, DecisionRow):
        return gate
    return by_decision(gate, decision.writing, int(decision.term))


def gate_of(row: object) -> Gate:
    """The gate in its row; NO_GATE when there is none yet.

    In a mirrored cluster whose writing region was never moved it is the one of its founding.
    """
    home, region = connection().home, connection().mirrored_region
    if not isinstance(row, GateRow):
        return Gate(writing=home, here=region) if home else NO_GATE
    writing = (row.writing or home) if home else ""
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
        licensing=_licensing(row.licensing),
        clustering=bool(row.clustering),
        replica=row.replica or "",
        replica_at=row.replica_at or "",
        internal_bus=bool(row.internal_bus),
        bus_since=parse_stamp(row.bus_since) if row.bus_since else None,
        writing=writing,
        moving=(row.moving or "") if home else "",
        regions=(row.regions or {}) if home else {},
        here=region,
        term=int(row.term or 0),
        minute=int(time.time() // 60) if region != writing else 0,
        upgrading=int(row.upgrading or 0),
        unlimited=parsed(row.unlimited or ""),
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
            licensing=_written(gate.licensing),
            clustering=gate.clustering,
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

    def follow(self, source: str, as_of: str, schema: int, epochs: Iterable[str]) -> Update:
        """Say of which moment and schema a replica's rows are.

        Fails for one that follows another cluster, or none.
        """
        said = [GateRow.replica_at.set(as_of), GateRow.schema.set(schema)]
        actions = [*said, *map(_one_more, epochs)]
        return Update(GateRow(*GATE_KEY), actions, GateRow.replica == source)

    def take_over(self, source: str, upgrading: int, epochs: Iterable[str]) -> Update:
        """End being a replica of that cluster. Moves `boxes`: agents look again.

        upgrading: the schema that its rows are to be brought to; 0: they are of the code's
        """
        said = [GateRow.replica.remove(), GateRow.upgrading.set(upgrading), _one_more_box()]
        actions = [*said, *map(_one_more, epochs)]
        return Update(GateRow(*GATE_KEY), actions, GateRow.replica == source)

    def rewrite(self, before: Gate, after: Gate) -> Update:
        """Write what differs in nodes, bars, version and regions; fails if one moved since."""
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
        if before.regions != after.regions:
            actions.append(GateRow.regions.set(dict(after.regions)))
        actions += _changed(before, after)
        return Update(GateRow(*GATE_KEY), actions, GateRow.boxes == before.boxes)

    def switch_unlimited(self, before: Unlimited, after: Unlimited) -> Update:
        """Say how unlimited administration stands; fails if somebody switched it since."""
        known = GateRow.unlimited
        same = known == written(before) if before.mode else known.does_not_exist()
        change = known.set(written(after)) if after.mode else known.remove()
        return Update(GateRow(*GATE_KEY), [change], same)

    def decide(self, gate: Gate) -> Update:
        """Name the region that was decided on; fails when the gate has heard of it meanwhile."""
        actions: list[Action] = [
            GateRow.writing.set(gate.writing),
            GateRow.moving.remove(),
            GateRow.regions.set(dict(gate.regions)),
            GateRow.term.set(gate.decided),
            _one_more_box(),
        ]
        older = GateRow.term.does_not_exist() | (GateRow.term < gate.decided)
        return Update(GateRow(*GATE_KEY), actions, older)


def _one_more(epoch: str) -> Action:
    one_more: Action = GateRow.epochs[epoch].set((GateRow.epochs[epoch] | 0) + 1)
    return one_more


def _one_more_box() -> Action:
    one_more: Action = GateRow.boxes.set(GateRow.boxes + 1)
    return one_more


def _changed(before: Gate, after: Gate) -> list[Action]:
    """Actions for the plain attributes that differ."""
    names = ("version", "schema", "unheld", "clustering", "internal_bus", "upgrading")
    values = {name: getattr(after, name) for name in names}
    if before.licensing != after.licensing:
        values["licensing"] = _written(after.licensing)
    if after.bus_since and after.bus_since != before.bus_since:
        values["bus_since"] = stamp(after.bus_since)
    return [
        getattr(GateRow, name).set(value)
        for name, value in values.items()
        if value != getattr(before, name)
    ]


def _licensing(said: Any) -> Licensing:
    if not said:
        return UNSIGNED
    signer, trial, until, nodes = said
    return Licensing(signer, trial, until, frozenset(nodes))


def _written(licensing: Licensing) -> Any:
    if licensing == UNSIGNED:
        return None
    words = (licensing.signer, licensing.trial, licensing.until, sorted(licensing.activated))
    return list(words)
