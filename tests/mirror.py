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
from functools import cache
from typing import Any

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.cluster.gate import OWN, Code
from chalicelib.core.clock import Clock, utc_now
from chalicelib.core.errors import Unavailable
from infra.aws import client
from infra.checks import read_connection
from infra.makers import make_table
from infra.template import CLUSTER_TEMPLATE, described, load
from tests.cluster.conftest import NoTime
from tests.conftest import forget

HOME, THERE = "us-east-1", "eu-west-1"
TABLES = ("conclave-test-data", "conclave-test-audit")
Item = dict[str, Any]
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
    """The tables of both regions. `seen` is how each row was when it was last looked at."""

    seen: dict[str, dict[Key, Item]] = field(default_factory=lambda: {HOME: {}, THERE: {}})
    lost: set[str] = field(default_factory=set)

    def replicate(self) -> int:
        """Carry over what was written since; how many items. Home's writes are the older ones.

        A test whose regions both wrote an item says which was last by calling `replicate_from`
        for one of them first.
        """
        return self.replicate_from(HOME) + self.replicate_from(THERE)

    def replicate_from(self, region: str) -> int:
        """The same of one region's writes: they win over what the other holds."""
        other = THERE if region == HOME else HOME
        now = items(region)
        changed = {key: item for key, item in now.items() if self.seen[region].get(key) != item}
        gone = self.seen[region].keys() - now.keys()
        dynamodb = client("dynamodb", other)
        for (table, _, _), item in changed.items():
            dynamodb.put_item(TableName=table, Item=item)
        for table, pk, sk in gone:
            dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        for key, item in changed.items():
            self.seen[other][key] = item
        for key in gone:
            self.seen[other].pop(key, None)
        self.seen[region] = now
        return len(changed) + len(gone)


def items(region: str) -> dict[Key, Item]:
    """Every row of both tables in a region."""
    return {
        (table, item["pk"]["S"], item["sk"]["S"]): item
        for table in TABLES
        for page in client("dynamodb", region).get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
    }


def build() -> Mirror:
    """Both regions' resources, empty. Needs moto, and no cluster yet."""
    load("test", MirrorRegion=THERE)
    home = read_connection("test")
    keys = {"HomeKey": home["key_arn"], "HomeAuditKey": home["audit_key_arn"]}
    tables = described(CLUSTER_TEMPLATE, {"Cluster": "test"})["AWS::DynamoDB::GlobalTable"]
    with standing(THERE, "node-west"):
        load("test", HomeRegion=HOME, **keys)
        for table in tables:
            make_table(table)
    return Mirror()


def agent(name: str, code: Code = OWN, clock: Clock = utc_now) -> None:
    """One run of a node's agent, without hands: what it says is the matter here."""
    whole = replace(wiring.agent(), name=name, code=code, clock=clock)
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
