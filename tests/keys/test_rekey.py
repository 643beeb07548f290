"""The KMS key is replaced: reading and writing go on, and the old key is then of no use."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import connection as connections
from chalicelib.aws import keyring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.backup.store import wrapped_keys
from chalicelib.core.errors import Unavailable
from infra import rekey, verify_audit
from infra.deploy import keep_tables
from infra.rekey import Facts, plan
from tests.calls import AwsCall, Killed, killing_after, listening, watching
from tests.conftest import a_cluster
from tests.counts import full_or
from tests.moto_keys import destroy

from .test_rotation import Traffic
from .world import World, make

STRIDE = full_or(1, 13)
ALIASES = {"alias/conclave-test", "alias/conclave-test-next"}


def new_kms_key(**more: Any) -> str:
    asked = {"MultiRegion": True, **more}
    arn: str = client("kms").create_key(**asked)["KeyMetadata"]["Arn"]
    return arn


def replaced(arn: str, pause: Any = lambda _: None, *more: str) -> int:
    return rekey.main(["--cluster", "test", "--key", arn, *more], pause)


@dataclass
class Policies:
    """What IAM would say to a use of a KMS key: it has one of the two aliases."""

    away: bool = False
    denied: int = 0
    asked: list[str] = field(default_factory=list)

    def listen(self, call: AwsCall, said: Mapping[str, Any]) -> None:
        if call.service != "kms" or self.away or "KeyId" not in said:
            return
        if call.operation in ("Decrypt", "Encrypt", "GenerateDataKey"):
            self.away = True
            there = client("kms").list_aliases(KeyId=said["KeyId"])["Aliases"]
            self.away = False
            self.asked.append(said["KeyId"])
            if not {one["AliasName"] for one in there} & ALIASES:
                self.denied += 1
                told: Any = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
                raise ClientError(told, call.operation)


@pytest.mark.parametrize("follows", [True, False])
def test_reads_and_writes_never_stop_while_the_kms_key_is_replaced(
    aws: None, follows: bool
) -> None:
    """Processes follow the connection in time; or late, when the old key opens nothing more."""
    world, was, arn = make(secrets=2), connection().key_arn, new_kms_key()
    traffic = Traffic(world, 1)
    policies = Policies()

    def pause(seconds: float) -> None:
        for _ in range(4):
            world.clock.now += timedelta(seconds=seconds / 4)
            if follows:
                connections.reset()
            for _ in range(2):
                traffic.before(AwsCall("", ""))

    with listening(policies.listen), watching(before=traffic.before):
        assert replaced(arn, pause) == 0
    policies.away = True
    assert not (follows and policies.denied)
    assert traffic.done > 40
    destroy(was)
    world.clock.now += timedelta(minutes=6)
    for process in traffic.processes:
        process.end_rename()
        for id in world.values:
            process.read(id)
    assert connection().key_arn == arn
    world.open_everything()
    assert {was, arn} <= set(policies.asked)


def test_nothing_of_the_old_key_is_left_and_no_key_is_lost(world: World) -> None:
    before, arn = keyring.stored(), new_kms_key()
    assert replaced(arn) == 0
    after = keyring.stored()
    assert [one.id for one in after.keys] == [one.id for one in before.keys]
    assert after.next_arn is None
    assert not any(one.next for one in after.keys)
    assert (after.cluster_id, after.primary) == (before.cluster_id, before.primary)
    aliases = {
        one["AliasName"]: one.get("TargetKeyId") for one in client("kms").list_aliases()["Aliases"]
    }
    assert aliases["alias/conclave-test"] == arn.rpartition("/")[2]
    assert "alias/conclave-test-next" not in aliases


def test_a_rotation_waits_while_it_goes_on_and_ends_afterwards(world: World) -> None:
    arn = new_kms_key()

    def pause(_: float) -> None:
        if not keyring.stored().next_arn or world.line.waiting:
            return
        world.request()
        world.step()
        assert "KMS key is being replaced" in world.newest().message
        assert len(keyring.stored().keys) == 1

    assert replaced(arn, pause) == 0
    connections.reset()
    assert world.finish().primary == 2
    world.open_everything()


def test_a_backup_and_the_trail_taken_meanwhile_open_by_the_key_that_is_named(world: World) -> None:
    arn, seen = new_kms_key(), set()

    def pause(_: float) -> None:
        connections.reset()
        taken = wrapped_keys()
        world.keyring.forget()
        assert world.keyring.primary() == 1
        assert verify_audit.main(["--cluster", "test"]) != 2  # its digests are others' to miss
        seen.add(taken.key_arn)
        for one in taken.keys:
            client("kms").decrypt(
                CiphertextBlob=base64.b64decode(one.wrapped),
                KeyId=taken.key_arn,
                EncryptionContext=keyring.context(taken.cluster_id, one.id),
            )

    was = connection().key_arn
    assert replaced(arn, pause) == 0
    assert seen == {was, arn}


def test_killed_after_any_call_it_goes_on_when_it_is_called_again() -> None:
    number, died = 1, True
    while died:
        with a_cluster():
            world, was, arn = make(secrets=1), connection().key_arn, new_kms_key()
            try:
                with killing_after(number):
                    replaced(arn)
                died = False
            except Killed:
                world.process().read(1)  # at any moment
                assert replaced(arn) == 0
            connections.reset()
            destroy(was)
            world.open_everything()
        number += STRIDE
    assert number > 15


def test_a_dry_run_changes_nothing_and_says_it_all(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = keyring.stored().version, connection().key_arn
    assert replaced(new_kms_key(), lambda _: None, "--dry-run") == 0
    connections.reset()
    assert (keyring.stored().version, connection().key_arn) == before
    assert "would 2. wrap every data key by it as well" in capsys.readouterr().out


def test_what_cannot_replace_the_key_is_refused_with_the_reason(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = connection().key_arn
    cases = {
        new_kms_key(MultiRegion=False): "not multi-region",
        ours.replace("us-east-1", "eu-west-1"): "account and region",
        ours[:-4] + "0000": "there is no KMS key",
        new_kms_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"): "no symmetric key",
    }
    for arn, why in cases.items():
        assert replaced(arn) == 1
        assert why in capsys.readouterr().err
    assert keyring.stored().next_arn is None


def die_once_wrapped(call: AwsCall) -> None:
    if call.operation == "TransactWriteItems":
        raise Killed("once the keyring carries both")


def test_a_key_that_is_in_use_leaves_nothing_to_do(world: World) -> None:
    before = keyring.stored().version
    assert replaced(connection().key_arn) == 0
    assert keyring.stored().version == before


def test_another_replacement_must_end_first(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first = new_kms_key()
    with watching(after=die_once_wrapped), pytest.raises(Killed):
        replaced(first)
    assert keyring.stored().next_arn == first
    assert replaced(new_kms_key()) == 1
    assert "is not over" in capsys.readouterr().err


def test_a_deploy_keeps_the_key_that_was_put_in_place(world: World) -> None:
    was, arn = connection().key_arn, new_kms_key()
    assert replaced(arn) == 0

    def update() -> None:
        """CloudFormation writes what the template says."""
        name = "/conclave/test/connection"
        text = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        value = json.dumps(json.loads(text) | {"key_arn": was})
        client("ssm").put_parameter(Name=name, Value=value, Overwrite=True)

    keep_tables("test", update)
    connections.reset()
    assert connection().key_arn == arn


def test_a_plan_has_nothing_left_when_all_is_done_and_all_at_first() -> None:
    def did(*facts: str) -> list[str]:
        return [step.do for step in plan(Facts(*facts), "b") if step.do]

    assert did("a", "", "a", "") == ["name", "wrap", "point", "move", "settle", "unname"]
    assert did("a", "b", "a", "b") == ["point", "move", "settle", "unname"]
    assert did("b", "b", "a", "b") == ["move", "settle", "unname"]
    assert did("b", "b", "b", "b") == ["settle", "unname"]
    assert did("b", "", "b", "b") == ["unname"]
    assert did("b", "", "b", "") == []


def test_a_key_that_neither_opens_nor_was_replaced_is_still_refused(world: World) -> None:
    world.process()
    destroy(connection().key_arn)
    world.clock.now += timedelta(minutes=6)
    with pytest.raises(Unavailable):
        world.keyring.forget()
        world.keyring.primary()


@pytest.fixture
def world(aws: None) -> World:
    return make(secrets=1)
