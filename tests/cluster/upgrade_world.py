"""A cluster that is upgraded: nodes with their code, agents, workers, and an operator who deploys.

Rows, conditions and rules are the real ones on moto; time, deploys and backups are told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.cluster import migration
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import FIRST, Code, Gate, Wanted, bar_of, may_run, may_write
from chalicelib.cluster.migration import Batch, Progress
from chalicelib.cluster.node import Facts as NodeFacts
from chalicelib.cluster.node import Node, Stamp, entered, examined
from chalicelib.cluster.service import MigrationService, UpgradeService
from chalicelib.cluster.store import Gates, Nodes, Upgrades
from chalicelib.cluster.upgrade import Taken, Upgrade
from chalicelib.core.errors import Conflict
from tests.founding import found

OLD, NEW = Code("11.0.0", 1), Code("12.0.0", 2)
SETTLING = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Who:
    user_id: int = 7
    address: str = "10.0.0.1"


ADA = Who()


@dataclass
class World:
    """rows: how many the migration finds; `breaks`: what its batches raise, in turn."""

    codes: dict[str, Code]
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)
    taken: list[Taken] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    asked: int = 0
    rows: list[int] = field(default_factory=lambda: [OLD.schema] * 5)
    breaks: list[Exception] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)

    @staticmethod
    def of(first: datetime | None = None, **boxes: Wanted) -> World:
        """A cluster of the old version; two nodes with all boxes by default."""
        boxes = boxes or {"node_a": FIRST, "node_b": FIRST}
        found(**boxes)
        world = World({name.replace("_", "-"): OLD for name in boxes})
        gate = Gates().fetch()
        after = replace(gate, version=OLD.version, schema=OLD.schema)
        wiring.committer()([Gates().rewrite(gate, after)])
        for number, name in enumerate(sorted(world.codes), 1):
            stamp = Stamp(world.now, OLD.version, OLD.schema, gate.fingerprint, None, "")
            wiring.committer()([Nodes().create(Node(number, name, stamp))])
        world.good_backup(world.now - timedelta(hours=1))
        return world

    # -- what there is

    @property
    def gate(self) -> Gate:
        return Gates().fetch()

    @property
    def upgrade(self) -> Upgrade:
        upgrade, _ = Upgrades().both()
        assert upgrade is not None
        return upgrade

    @property
    def progress(self) -> Progress:
        return Upgrades().both()[1]

    def service(self) -> UpgradeService:
        return replace(
            wiring.upgrades(),
            backups=self,
            functions=self,
            send=lambda upgrade, _now: self.sent.append(upgrade),
        )

    def worker(self, code: Code) -> MigrationService:
        return MigrationService(
            Upgrades(),
            wiring.committer(),
            lambda upgrade, _now: self.sent.append(upgrade),
            lambda: self.now,
            wiring.migrations().log,
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
        Nodes().stamp(name, stamp)
        facts = NodeFacts(code, gate.fingerprint, None)
        after = entered(gate, name, code, examined(gate, name, facts, timedelta(seconds=30)))
        if after != gate:
            wiring.committer()([Gates().rewrite(gate, after)])

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
            try:
                self.advance()
            except Conflict:
                pass  # an agent came between: the command asks again
        self.watch()


def boxes_of(gate: Gate) -> dict[str, Wanted]:
    return dict(gate.nodes)


__all__ = ["ADA", "MINUTE", "NEW", "OLD", "World", "boxes_of", "migration"]
