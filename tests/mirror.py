"""A mirrored cluster on moto: two regions, and a replicator between them. A simulation.

Neither moto nor the emulator replicates between regions with a delay and by last writer wins, as
DynamoDB's global tables do. Here each region has tables of its own, and `replicate` carries whole
items over, the newer write winning. When is the test's to say: until then a region is behind.
What that cannot show: the order in which items arrive, and how long they take on AWS.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.exceptions import EndpointConnectionError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.utilities import dynamo_to_dict

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.cluster.gate import OWN, Code
from chalicelib.core.clock import Clock, utc_now
from chalicelib.core.errors import Unavailable
from infra.aws import client
from infra.checks import read_connection
from infra.makers import make_table
from infra.region import Mover
from infra.template import CLUSTER_TEMPLATE, described, load
from tests import moto_cluster
from tests.cluster.conftest import NoTime
from tests.conftest import forget

HOME, THERE = "us-east-1", "eu-west-1"
TABLES = ("conclave-test-data", "conclave-test-audit")
Item = dict[str, Any]
Row = Any  # moto's Item
Key = tuple[str, str, str]


@contextmanager
def standing(region: str, node: str) -> Iterator[None]:
    """This process is that node, in that region."""
    before = {name: os.environ[name] for name in NAMES}
    _become(dict.fromkeys(NAMES, region) | {"NODE": node})
    try:
        yield
    finally:
        _become(before)


NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION", "NODE")
_CLIENTS: dict[str, Any] = {}
"""The clients of each region: making one takes longer than most tests' calls."""


def _become(names: Mapping[str, str]) -> None:
    os.environ.update(names)
    region = names["AWS_REGION"]
    clients._client = _CLIENTS.setdefault(region, cache(clients._client.__wrapped__))
    forget()


@dataclass
class Mirror:
    """The tables of both regions. `seen` is how each row was when it was last looked at.

    Rows are read where moto has them: it replaces and never changes them (tests/moto_speed.py).
    They are written by calls, one by one, so that a program may die between two of them.
    """

    seen: dict[str, dict[Key, Row]] = field(default_factory=lambda: {HOME: {}, THERE: {}})

    def __deepcopy__(self, _memo: object) -> Mirror:
        return Mirror({region: dict(rows) for region, rows in self.seen.items()})

    def replicate(self) -> int:
        """Carry over what was written since; how many items. Home's writes are the older ones.

        A test whose regions both wrote an item says which was last by calling `replicate_from`
        for one of them first.
        """
        return self.replicate_from(HOME) + self.replicate_from(THERE)

    def replicate_from(self, region: str) -> int:
        """The same of one region's writes: they win over what the other holds."""
        other = THERE if region == HOME else HOME
        now, seen, dynamodb = _rows(region), self.seen[region], client("dynamodb", other)
        changed = {key: row for key, row in now.items() if not _is_same(row, seen.get(key))}
        gone = seen.keys() - now.keys()
        for (table, _, _), row in changed.items():
            dynamodb.put_item(TableName=table, Item=dynamo_to_dict(row.attrs))
        for table, pk, sk in gone:
            dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        self.seen[other].update(changed)
        for key in gone:
            self.seen[other].pop(key, None)
        self.seen[region] = now
        return len(changed) + len(gone)


def _tables(region: str) -> dict[str, Any]:
    """moto's tables of the cluster in a region."""
    return {name: dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[name] for name in TABLES}


def _rows(region: str) -> dict[Key, Row]:
    return {
        (name, row.hash_key.value, row.range_key.value): row
        for name, table in _tables(region).items()
        for rows in table.items.values()
        for row in rows.values()
    }


def _is_same(row: Row, seen: Row | None) -> bool:
    return row is seen or (seen is not None and bool(row.attrs == seen.attrs))


def items(region: str) -> dict[Key, Item]:
    """Every row of both tables in a region."""
    return {
        (table, item["pk"]["S"], item["sk"]["S"]): item
        for table in TABLES
        for page in client("dynamodb", region).get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
    }


@dataclass(kw_only=True)
class TwoRegions:
    """A test's world: its time, its replication, and who moves the writing region.

    Replication goes on while somebody waits, unless it is cut. unreachable: a region that is gone.
    """

    mirror: Mirror = field(default_factory=Mirror)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_cut: bool = False
    unreachable: str = ""

    def mover(self) -> Mover:
        connection = read_connection("test", THERE)
        return Mover("test", connection, self.client, lambda: self.now, self.pause)

    def client(self, service: str, region: str) -> Any:
        if region == self.unreachable:
            raise EndpointConnectionError(endpoint_url=region)
        return client(service, region)

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.replicate()

    def replicate(self) -> None:
        if not self.is_cut:
            self.mirror.replicate()


def build() -> Mirror:
    """Both regions' resources, empty. Needs moto, and no cluster yet."""
    moto_cluster.kept("two regions", _build)
    forget()
    return Mirror()


def _build() -> None:
    load("test", MirrorRegion=THERE)
    home = read_connection("test")
    keys = {"HomeKey": home["key_arn"], "HomeAuditKey": home["audit_key_arn"]}
    tables = described(CLUSTER_TEMPLATE, {"Cluster": "test"})["AWS::DynamoDB::GlobalTable"]
    with standing(THERE, "node-west"):
        load("test", HomeRegion=HOME, **keys)
        for table in tables:
            make_table(table)


def agent(name: str, code: Code = OWN, clock: Clock = utc_now) -> None:
    """One run of a node's agent, without hands: what it says is the matter here."""
    whole = replace(wiring.agent(), name=name, code=code, clock=clock)
    with patch("chalicelib.cluster.agent.FAILURES", 1):  # one look: nothing will come of another
        replace(whole, time=NoTime(), hands=_Idle(), pause=lambda _: None).run()  # type: ignore[arg-type]


NO_HANDS = "no hands"


class _Idle:
    """Nothing is there, nothing can be done."""

    def look(self, *_: object) -> None:
        raise Unavailable(NO_HANDS)

    def held(self, _queue: str) -> int:
        return 0

    def queue_arn(self, name: str) -> str:
        return f"arn:aws:sqs:{HOME}:1:{name}"

    def schedule_role_arn(self) -> str:
        return "arn:aws:iam::1:role/schedule"
