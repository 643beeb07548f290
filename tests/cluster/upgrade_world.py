"""A cluster that is upgraded: nodes with their code, agents, workers, and an operator who deploys.

Rules are the real ones; rows are kept in memory, or on moto with their real conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import FIRST, Code, Gate, Wanted, bar_of, may_run, may_write
from chalicelib.cluster.migration import Batch, Progress
from chalicelib.cluster.node import Facts as NodeFacts
from chalicelib.cluster.node import Node, Stamp, entered, examined
from chalicelib.cluster.service import Limits, MigrationService, UpgradeService
from chalicelib.cluster.store import Gates, Nodes, Upgrades
from chalicelib.cluster.upgrade import Taken, Upgrade
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import fresh_id
from chalicelib.core.log import logger
from tests.founding import found

from .memory import Memory

OLD, NEW = Code("11.0.0", 1), Code("12.0.0", 2)
SETTLING = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Who:
    user_id: int = 7
    address: str = "10.0.0.1"


ADA = Who()


@dataclass(frozen=True)
class Real:
    """The stores on moto."""

    gates: Any
    nodes: Any
    upgrades: Any
    commit: Any


@dataclass
class World:
    """rows: how many the migration finds; `breaks`: what its batches raise, in turn."""

    codes: dict[str, Code]
    stores: Real
    now: datetime = NOON
    taken: list[Taken] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    asked: int = 0
    rows: list[int] = field(default_factory=lambda: [OLD.schema] * 5)
    breaks: list[Exception] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)

    @staticmethod
    def in_memory(**boxes: Wanted) -> World:
        """A cluster of the old version; two nodes with all boxes by default."""
        wanted = _named(boxes)
        gate = Gate("c", wanted, version=OLD.version, fingerprint="f", schema=OLD.schema)
        nodes = {one.name: one for one in _nodes(wanted)}
        memory = Memory(gate, nodes)
        return _with_a_backup(
            World(dict.fromkeys(wanted, OLD), Real(memory, memory, memory, memory))
        )

    @staticmethod
    def on_moto(**boxes: Wanted) -> World:
        """The same with real rows. Needs the fixture `aws`."""
        wanted = _named(boxes)
        found(**{name.replace("-", "_"): one for name, one in wanted.items()})
        stores = Real(Gates(), Nodes(), Upgrades(), wiring.committer())
        gate = stores.gates.fetch()
        after = replace(gate, version=OLD.version, schema=OLD.schema)
        nodes = [stores.nodes.create(one) for one in _nodes(wanted)]
        stores.commit([stores.gates.rewrite(gate, after), *nodes])
        return _with_a_backup(World(dict.fromkeys(wanted, OLD), stores))

    @property
    def memory(self) -> Memory:
        found: Memory = self.stores.gates
        return found

    # -- what there is

    @property
    def gate(self) -> Gate:
        found: Gate = self.stores.gates.fetch()
        return found

    @property
    def upgrade(self) -> Upgrade:
        found: Upgrade = self.stores.upgrades.both()[0]
        return found

    @property
    def progress(self) -> Progress:
        found: Progress = self.stores.upgrades.both()[1]
        return found

    def service(self) -> UpgradeService:
        return UpgradeService(
            me="node-a",
            store=self.stores.upgrades,
            gates=self.stores.gates,
            nodes=self.stores.nodes,
            backups=self,
            commit=self.stores.commit,
            functions=self,
            send=lambda upgrade, _now: self.sent.append(upgrade),
            limits=lambda: Limits(timedelta(hours=24), SETTLING),
            cluster=lambda: "test",
            ids=fresh_id,
            log=logger(),
        )

    def worker(self, code: Code) -> MigrationService:
        return MigrationService(
            self.stores.upgrades,
            self.stores.commit,
            lambda upgrade, _now: self.sent.append(upgrade),
            lambda: self.now,
            logger(),
            lambda _name: self.batch,
            code,
        )

    # -- the ports that are told

    def ended(self) -> Sequence[Taken]:
        return self.taken

    def ask(self, _who: Any, _now: datetime) -> None:
        self.asked += 1

    def wake_agent(self, node: str) -> None:
        """Agents run with each minute."""

    def good_backup(self, at: datetime, success: bool = True) -> None:
        self.taken.insert(0, Taken(f"b{len(self.taken)}", at, at, success, "the bucket is full"))

    def batch(self, cursor: str) -> Batch:
        """Two rows at a time, brought to the new schema."""
        if self.breaks:
            raise self.breaks.pop(0)
        start = int(cursor or 0)
        places = range(start, min(start + 2, len(self.rows)))
        changed = [place for place in places if self.rows[place] < NEW.schema]
        for place in changed:
            self.rows[place] = NEW.schema
        further = start + 2 if start + 2 < len(self.rows) else 0
        return Batch(str(further or ""), len(places), len(changed), len(self.rows))

    # -- what happens

    def begin(self, first: str = "node-a", target: Code = NEW) -> None:
        assert self.service().begin(ADA, target, first, self.now, check=False) == []

    def minute(self) -> None:
        """Agents look, a backup that was asked for ends, workers take messages."""
        self.now += MINUTE
        for name in self.codes:
            self.agent(name)
        if self.asked:
            self.asked = 0
            self.good_backup(self.now)
        self.work()
        self.watch()

    def agent(self, name: str) -> None:
        gate, code = self.gate, self.codes[name]
        stamp = Stamp(self.now, code.version, code.schema, gate.fingerprint, None, "")
        self.stores.nodes.stamp(name, stamp)
        facts = NodeFacts(code, gate.fingerprint, None)
        after = entered(gate, name, code, examined(gate, name, facts, timedelta(seconds=30)))
        if after != gate:
            self.stores.commit([self.stores.gates.rewrite(gate, after)])

    def work(self) -> None:
        """Each message is taken by every node that may run background work, as if sent twice."""
        sent, self.sent = self.sent, []
        gate = self.gate
        for message in sent:
            for name, code in self.codes.items():
                if may_run(gate, name, Role.BACKGROUND, code):
                    self.worker(code).run(message)

    def watch(self) -> None:
        """Remember when nobody served, wrote, or held a role."""
        gate = self.gate
        serving = [name for name in self.codes if self.serves(gate, name)]
        if not serving:
            self.unserved.append(f"{self.upgrade.step}: nobody serves")
        for role in Role:
            if not any(may_run(gate, name, role, self.codes[name]) for name in self.codes):
                self.unserved.append(f"{self.upgrade.step}: nobody holds {role}")

    def serves(self, gate: Gate, name: str) -> bool:
        """Whether the node takes requests, writes among them."""
        code = self.codes[name]
        takes = gate.wanted(name).in_cluster and bar_of(gate, name, code) is None
        return takes and may_write(gate, name, "vault", code)

    def deploy(self, code: Code, *names: str) -> None:
        for name in names or sorted(self.codes):
            self.codes[name] = code

    def operator(self) -> None:
        """He deploys what the step at hand waits for, one node at a time."""
        waits = self.service().look(self.now).waits_for
        if waits.startswith("deploy "):
            name = waits.rpartition(" to ")[2].split(", ")[0]
            going_back = self.upgrade.status == "aborting"
            self.deploy(self.upgrade.source if going_back else self.upgrade.target, name)

    def advance(self) -> None:
        self.service().advance(ADA, self.now)

    def until(self, is_there: Callable[[], bool], most: int = 60) -> None:
        """Minutes pass; the operator's command goes on."""
        for _ in range(most):
            if is_there():
                return
            self.step()
        raise AssertionError(f"not there after {most} minutes: {self.service().look(self.now)}")

    def step(self) -> None:
        self.minute()
        self.operator()
        if self.upgrade.is_in_progress:
            with suppress(Conflict):  # an agent came between: the command asks again
                self.advance()
        self.watch()


def _named(boxes: dict[str, Wanted]) -> dict[str, Wanted]:
    boxes = boxes or {"node_a": FIRST, "node_b": FIRST}
    return {name.replace("_", "-"): one for name, one in boxes.items()}


def _nodes(wanted: dict[str, Wanted]) -> list[Node]:
    stamp = Stamp(NOON, OLD.version, OLD.schema, "f", None, "")
    return [Node(number, name, stamp) for number, name in enumerate(sorted(wanted), 1)]


def _with_a_backup(world: World) -> World:
    world.good_backup(world.now - timedelta(hours=1))
    return world
