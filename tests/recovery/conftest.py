"""Two clusters: `test`, the production, and `dr`, which follows it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.clock import stamp
from chalicelib.jobs.service import Outcome
from chalicelib.recovery.tasks import back_up_or_follow
from infra.aws import client
from infra.checks import read_connection
from infra.standby import Standing, stand_by
from infra.template import load
from tests import moto_cluster
from tests.backup.conftest import JOB, Kept
from tests.conftest import forget
from tests.founding import found

PRODUCTION, STANDBY = "test", "dr"
DR_NODE = "node-d"


@dataclass
class Pair:
    """The two clusters. `kept` knows the production's secrets."""

    kept: Kept = field(default_factory=Kept)
    said: list[str] = field(default_factory=list)

    @contextmanager
    def inside(self, cluster: str) -> Iterator[None]:
        """This process is a node of that cluster."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CLUSTER", cluster)
            patch.setenv("NODE", DR_NODE if cluster == STANDBY else "node-a")
            forget()
            yield
        forget()

    def follow(self, cluster: str = STANDBY, of: str = PRODUCTION, **more: bool) -> Standing:
        return stand_by(cluster, bucket_of(of), self.said.append, **more)

    def tick(self, at: datetime | None = None) -> Outcome:
        """One message of BackupMonitor, in the cluster that this process is in; by run now."""
        now = wiring.clock()()
        at = at or now.replace(microsecond=now.microsecond or 1)
        return Outcome(wiring.jobs().run(JOB, at, now, now + self.kept.slice, back_up_or_follow))

    def see(self, cluster: str) -> None:
        """A node of the cluster was seen this very moment."""
        with self.inside(cluster):
            node = "node-a" if cluster == PRODUCTION else DR_NODE
            row = {"pk": {"S": "nodes"}, "sk": {"S": node}, "kind": {"S": "node"}}
            row |= {"seen_at": {"S": stamp(wiring.clock()())}, "id": {"N": "1"}}
            row |= {"version": {"S": "1"}, "schema": {"N": "1"}}
            client("dynamodb").put_item(TableName=connection().data_table, Item=row)


def bucket_of(cluster: str) -> str:
    return str(read_connection(cluster)["bucket"])


def put(cluster: str, pk: str, kind: str, **values: Any) -> None:
    """A row of some kind in a cluster's data table."""
    row = {"pk": {"S": pk}, "sk": {"S": kind}, "kind": {"S": kind}, **values}
    client("dynamodb").put_item(TableName=read_connection(cluster)["data_table"], Item=row)


def rows(cluster: str) -> dict[tuple[str, str], Any]:
    """Every row of a cluster's data table."""
    pages = client("dynamodb").get_paginator("scan")
    table = read_connection(cluster)["data_table"]
    return {
        (row["pk"]["S"], row["sk"]["S"]): row
        for page in pages.paginate(TableName=table)
        for row in page["Items"]
    }


def rename_key(cluster: str, key_arn: str) -> None:
    name = f"/conclave/{cluster}/connection"
    changed = json.dumps({**read_connection(cluster), "key_arn": key_arn})
    client("ssm").put_parameter(Name=name, Value=changed, Overwrite=True)


@pytest.fixture
def pair(aws: None) -> Iterator[Pair]:
    """Both are founded; the production holds some secrets and a backup of them."""
    yield put_back("pair", made_pair)
    DataRow._connection = None


def put_back(name: str, make: Callable[[], Pair]) -> Pair:
    """The pair that was made so, with all that it left."""
    both = copy.deepcopy(moto_cluster.kept(name, make))
    forget()
    return both


def made_pair() -> Pair:
    load(STANDBY)
    both = Pair()
    with both.inside(STANDBY):
        keyring.make_if_absent("d" * 32, wiring.clock())
        print_ = wiring.keyring().fingerprint()
        wiring.committer()([Gates().found(Gate("d" * 32, {DR_NODE: FIRST}, fingerprint=print_))])
    found()
    both.kept.store(12)
    both.kept.back_up()
    return both
