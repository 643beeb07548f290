"""A cluster in two regions that is upgraded, with nodes, people and rows in both.

The rules, stores, agents and the migration are the real ones; replication is simulated (see
tests/mirror.py) and happens once a minute, unless the test cuts it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib import wiring
from chalicelib.aws.commit import Put, Write
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import FIRST, OWN, Code, Gate, may_run, may_write
from chalicelib.cluster.migration import Batch
from chalicelib.cluster.region import is_outside
from chalicelib.cluster.store import Gates, Nodes, Upgrades
from chalicelib.core.audit import AuditRecord
from chalicelib.core.plain import Plain
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import first_state
from chalicelib.vault.migrations import list_by_privileged_account
from chalicelib.vault.secret import Secret
from chalicelib.vault.store import nouns, states
from tests import moto_cluster
from tests.calls import AwsCall, listening
from tests.canary import canary
from tests.conftest import forget
from tests.founding import found
from tests.mirror import HOME, THERE, TwoRegions, agent, build, standing

from .upgrade_world import MINUTE, Real, World, _with_a_backup

NEW = OWN
OLD = Code("11.0.0", NEW.schema - 1)
UNIX_ACCOUNT = 6007
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")


@dataclass
class Mirrored(TwoRegions, World):
    """places: the region of each node. secrets: by id, what was stored; each opens with `main`."""

    places: dict[str, str] = field(default_factory=dict)
    secrets: dict[int, str] = field(default_factory=dict, repr=False)
    main: int = 0
    wrote: set[str] = field(default_factory=set)

    @contextmanager
    def at(self, node: str) -> Iterator[None]:
        """This process is that node, where it is."""
        with standing(self.places[node], node):
            yield

    def of(self, region: str) -> list[str]:
        return [name for name, place in self.places.items() if place == region]

    # -- what happens

    def agent(self, name: str) -> None:
        """It looks; elsewhere it writes its own word and nothing else."""
        written: list[str] = []

        def listen(call: AwsCall, said: Mapping[str, Any]) -> None:
            if call.operation in WRITES:
                written.append(said.get("Item", {}).get("sk", {}).get("S", call.operation))

        with listening(listen):
            agent(name, self.codes[name], lambda: self.now)
        if is_outside(Gates().fetch(), name):
            assert written == [f"@{name}"]

    def minute(self) -> None:
        """Agents look, people store, all comes over and is entered, workers work."""
        self.now += MINUTE
        for name in self.codes:
            if self.places[name] != self.unreachable:
                with self.at(name):
                    self.agent(name)
                    self.person(name)
        self.replicate()
        wiring.mirror().enter(self.now)
        wiring.nodes().watch(self.now)
        if self.asked:
            self.asked = 0
            self.good_backup(self.now)
        self.work()
        self.watch()

    def person(self, name: str) -> None:
        """Somebody stores a secret through the node, if it takes it."""
        gate, code = Gates().fetch(), self.codes[name]
        if gate.wanted(name).in_cluster and may_write(gate, name, "vault", code):
            self.wrote.add(name)
            self.store(code)

    def store(self, code: Code) -> int:
        """A secret that `main` opens, as code of that schema stores it."""
        now, id = wiring.clock()(), wiring.counter().next("secret")
        self.secrets[id] = canary()
        sealed = wiring.secret_values().seal(id, "password", 1, Plain(self.secrets[id]), now)
        secret = Secret(id, f"host {id}", BUILT_IN[UNIX_ACCOUNT], now, values={"password": sealed})
        row = nouns.row_of(replace(secret, privileged_id=self.main))
        if code.schema < NEW.schema:
            row.i3pk = row.i3sk = None
        wiring.committer()([Put(row), Put(states.state_row(first_state(secret, now)))])
        return id

    def batch(self, cursor: str) -> Batch:
        return list_by_privileged_account(cursor)

    # -- what there is

    def opened(self, region: str) -> dict[int, str]:
        """The value of every secret, opened in a region."""
        with standing(region, self.of(region)[0]):
            stored = wiring.secret_store().fetch(sorted(self.secrets))
            values = wiring.secret_values()
            return {
                id: values.open(id, one.secret.value_of("password")).reveal()
                for id, one in stored.items()
            }

    def served(self, region: str) -> set[int]:
        """The secrets that the index of the new schema finds."""
        with standing(region, self.of(region)[0]):
            return set(wiring.secret_store().served(self.main))

    def gate_in(self, region: str) -> Gate:
        with standing(region, self.of(region)[0]):
            return Gates().fetch()

    def works(self, name: str) -> bool:
        """Whether the node may do any role's work, by the gate as it is known there."""
        gate = self.gate_in(self.places[name])
        return any(may_run(gate, name, role, self.codes[name]) for role in (*Role, None))


def commit(writes: Sequence[Write], audit: Sequence[AuditRecord] = ()) -> None:
    """By the committer of whichever node this process is now."""
    wiring.committer()(writes, audit)


def make(home: Sequence[str], there: Sequence[str]) -> Mirrored:
    """A cluster of the old version in both regions, every box ticked. Needs moto, standing home."""
    made = moto_cluster.kept(f"upgraded: {home} {there}", lambda: _made(home, there))
    forget()
    return copy.deepcopy(made)


def _made(home: Sequence[str], there: Sequence[str]) -> Mirrored:
    mirror, names = build(), [*home, *there]
    found(**{name.replace("-", "_"): FIRST for name in names})
    stores = Real(Gates(), Nodes(), Upgrades(), commit)
    gate = stores.gates.fetch()
    regions = dict.fromkeys(there, THERE)
    after = replace(gate, version=OLD.version, schema=OLD.schema, regions=regions, clustering=True)
    stores.commit([stores.gates.rewrite(gate, after)])
    world = Mirrored(dict.fromkeys(names, OLD), stores, mirror=mirror)
    world.places = dict.fromkeys(home, HOME) | regions
    world.main = world.store(OLD)
    world.replicate()
    for _ in range(2):
        world.minute()
    _with_a_backup(world)
    return world
