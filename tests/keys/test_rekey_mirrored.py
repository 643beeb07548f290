"""The KMS key of a cluster in two regions is replaced: everything opens in both, all the while.

Replication is simulated (see tests/mirror.py).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.aws.connection import connection
from chalicelib.cluster.gate import FIRST
from chalicelib.cluster.store import Gates
from infra import rekey
from infra.aws import client, region
from infra.checks import read_connection
from infra.checks_mirror import check_region
from infra.region import Mover
from infra.rekey_places import places
from tests import moto_cluster
from tests.calls import AwsCall, Killed, listening, watching
from tests.conftest import forget
from tests.founding import found
from tests.mirror import HOME, THERE, Mirror, build, standing
from tests.moto_keys import destroy
from tests.reaper import Reaper

from .world import World, make

pytestmark = pytest.mark.xdist_group("mirror")

NODES = {HOME: "node-a", THERE: "node-west"}
ALIASES = {"alias/conclave-test", "alias/conclave-test-next"}


@dataclass
class Both:
    """The cluster in both regions. Replication goes on while the command waits, unless cut."""

    mirror: Mirror
    world: World
    is_cut: bool = False
    looks: int = 0

    def pause(self, seconds: float) -> None:
        """Processes that start now, and one that has run for minutes, open everything."""
        self.world.clock.now += timedelta(seconds=seconds)
        self.replicate()
        self.open_everything()

    def replicate(self) -> None:
        if not self.is_cut:
            self.mirror.replicate()

    def open_everything(self) -> None:
        for where, node in NODES.items():
            with standing(where, node):
                self.world.open_everything()
                self.looks += 1

    def replaced(self, arn: str, *more: str) -> int:
        return rekey.main(["--cluster", "test", "--key", arn, *more], self.pause)

    def used(self, where: str) -> str:
        return str(read_connection("test", where)["key_arn"]).rpartition("/")[2]


@pytest.fixture
def both() -> Iterator[Both]:
    with mock_aws(), standing(HOME, "node-a"):
        made = moto_cluster.kept("two regions with secrets", made_both)
        forget()
        world = World(replace(made.world.clock), {**made.world.values}, {**made.world.candidates})
        yield Both(copy.deepcopy(made.mirror), world)


def made_both() -> Both:
    mirror = build()
    found()
    gate = Gates().fetch()
    nodes, regions = {**gate.nodes, "node-west": FIRST}, {"node-west": THERE}
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes=nodes, regions=regions))])
    both = Both(mirror, make(secrets=1))
    both.replicate()
    return both


def new_key(*, there: bool = True) -> str:
    """A KMS key made at home, with its replica."""
    arn: str = client("kms").create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    if there:
        client("kms").replicate_key(KeyId=arn.rpartition("/")[2], ReplicaRegion=THERE)
    return arn


def as_iam(call: AwsCall, said: Mapping[str, Any]) -> None:
    """A KMS key is used only where it has one of the cluster's aliases."""
    if call.service == "kms" and call.operation in ("Decrypt", "Encrypt", "GenerateDataKey"):
        known = client("kms", region()).list_aliases(KeyId=said["KeyId"])["Aliases"]
        if not {one["AliasName"] for one in known} & ALIASES:
            told: Any = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
            raise ClientError(told, call.operation)


def test_everything_opens_in_both_regions_all_the_while_and_then_without_the_old_key(
    both: Both,
) -> None:
    was, arn = connection().key_arn, new_key()
    with listening(as_iam):
        assert both.replaced(arn) == 0
    assert both.looks >= 6
    both.replicate()
    assert keyring.stored().next_arn is None
    assert (both.used(HOME), both.used(THERE)) == (arn.rpartition("/")[2],) * 2
    assert read_connection("test", THERE)["key_arn"] == arn.replace(HOME, THERE)
    for one in (HOME, THERE):
        aliases = client("kms", one).list_aliases()["Aliases"]
        named = {alias["AliasName"]: alias.get("TargetKeyId") for alias in aliases}
        assert named["alias/conclave-test"] == arn.rpartition("/")[2]
        assert "alias/conclave-test-next" not in named
        destroy(was.replace(HOME, one))
    both.open_everything()
    found = [str(one) for one in check_region("test", read_connection("test"), THERE)]
    assert not any("KMS" in one for one in found)
    assert both.replaced(arn) == 0, "nothing is left to do"


def test_a_region_goes_by_the_new_key_once_the_keyring_has_come_there(
    both: Both, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    was, arn = both.used(HOME), new_key()
    monkeypatch.setattr(rekey, "REPLICATED", timedelta(seconds=3))
    both.is_cut = True
    assert both.replaced(arn) == 2
    assert f"have not come to {THERE}" in capsys.readouterr().err
    assert both.used(THERE) == was
    both.open_everything()
    found = [str(one) for one in check_region("test", read_connection("test"), THERE)]
    assert any("another KMS key than here: call `make rekey` again" in one for one in found)
    both.is_cut = False
    assert both.replaced(arn) == 0
    assert both.used(THERE) == both.used(HOME) == arn.rpartition("/")[2]


def test_a_key_without_a_replica_there_is_refused_with_what_makes_one(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = new_key(there=False)
    assert both.replaced(arn) == 1
    said = capsys.readouterr().err
    id = arn.rpartition("/")[2]
    assert f"aws kms replicate-key --region {HOME} --key-id {id} --replica-region {THERE}" in said
    assert keyring.stored().next_arn is None


def test_it_is_called_where_rows_are_written_and_goes_on_where_that_was_moved_to(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = new_key()
    with standing(THERE, "node-west"):
        assert both.replaced(arn) == 1
    assert f"the writing region is {HOME}" in capsys.readouterr().err
    with watching(after=die_once_wrapped), pytest.raises(Killed):
        both.replaced(arn)
    both.replicate()
    mover = Mover("test", read_connection("test", THERE), client, both.world.clock, both.pause)
    mover.move(THERE)
    assert both.replaced(arn) == 1
    assert f"the writing region is {THERE}" in capsys.readouterr().err
    with standing(THERE, "node-west"):
        assert both.replaced(arn) == 0
    both.replicate()
    both.open_everything()
    assert both.used(THERE) == both.used(HOME) == arn.rpartition("/")[2]


def test_the_keyring_is_not_put_once_the_writing_region_is_being_moved(both: Both) -> None:
    ring, arn = places("test")[0].ring, new_key()
    move(THERE)
    with pytest.raises(RuntimeError, match="the writing region moved"):
        ring.wrap_by(arn)
    assert keyring.stored().next_arn is None


def move(to: str) -> None:
    client("dynamodb").update_item(
        TableName="conclave-test-data",
        Key={"pk": {"S": "gate"}, "sk": {"S": "gate"}},
        UpdateExpression="SET moving = :to",
        ExpressionAttributeValues={":to": {"S": to}},
    )


def die_once_wrapped(call: AwsCall) -> None:
    if call.operation == "TransactWriteItems":
        raise Killed("once the keyring carries both")


def test_killed_at_any_call_everything_opens_in_both_and_it_goes_on(both: Both) -> None:
    reaper, arn = Reaper(), new_key()
    was = connection().key_arn

    def command() -> int:
        return rekey.main(["--cluster", "test", "--key", arn], lambda _: both.replicate())

    with reaper.copying():
        with reaper.at_work():
            command()
        if reaper.has_killed:
            both.open_everything()
            both.replicate()
            both.open_everything()
            assert command() == 0
        both.replicate()
        for one in (HOME, THERE):
            destroy(was.replace(HOME, one))
        both.open_everything()
    assert reaper.acts >= 14
