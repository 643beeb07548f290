"""The journalled emulator: nothing acknowledged is lost, and its KMS refuses what AWS refuses."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.localrun.answering import EmulatorDiedError
from infra.localrun.aws_api import CREDENTIALS, LocalAws
from infra.localrun.emulator import Emulator
from infra.node import Node
from tests.journeys.cluster import SLOWER
from tests.localrun.small_table import key, keys, make_table
from tests.waiting import eventually

ROLE = "arn:aws:iam::000000000000:role/r"


def test_nothing_acknowledged_is_lost_by_kill_9(own_emulator: Emulator) -> None:
    dynamodb = LocalAws(own_emulator.url).dynamodb
    make_table(dynamodb)
    written: list[set[str]] = [set() for _ in range(4)]
    writers = [
        threading.Thread(target=_write, args=(own_emulator.url, place, written[place]))
        for place in range(4)
    ]
    for writer in writers:
        writer.start()
    eventually(lambda: sum(map(len, written)) > 200, patience=30)
    own_emulator.kill()
    for writer in writers:
        writer.join()
    begun = time.monotonic()
    own_emulator.start()
    assert time.monotonic() - begun < 5 * SLOWER
    acknowledged = set().union(*written)
    assert len(acknowledged) > 200
    assert acknowledged <= keys(dynamodb)
    count = int(dynamodb.get_item(TableName="table", Key=key("count"))["Item"]["n"]["N"])
    assert len(acknowledged) <= count <= len(acknowledged) + 4


def test_what_is_no_table_is_kept_at_once(own_emulator: Emulator) -> None:
    aws = LocalAws(own_emulator.url)
    queue = aws.sqs.create_queue(QueueName="work")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=queue, MessageBody="hello")
    aws.scheduler.create_schedule(
        Name="tick",
        ScheduleExpression="cron(* * * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:work", "RoleArn": ROLE},
    )
    sealed = _seal(aws)
    own_emulator.kill()
    own_emulator.start()
    assert aws.sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    assert aws.scheduler.get_schedule(Name="tick")["State"] == "ENABLED"
    assert aws.client("kms").decrypt(**sealed)["Plaintext"] == b"data key"


def test_a_conditional_write_over_an_expired_row_is_not_lost(own_emulator: Emulator) -> None:
    """The emulator removes expired rows by itself: the journal must still apply after that."""
    dynamodb = LocalAws(own_emulator.url).dynamodb
    make_table(dynamodb)
    dynamodb.update_time_to_live(
        TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    past = {"N": str(int(time.time()) - 100)}
    dynamodb.put_item(TableName="table", Item={**key("lease"), "ttl": past})
    own_emulator.stop()
    own_emulator.start()
    dynamodb.delete_item(TableName="table", Key=key("lease"))  # stands for the emulator's reaper
    dynamodb.put_item(
        TableName="table",
        Item={**key("lease"), "owner": {"S": "me"}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    own_emulator.kill()
    _drop_line(own_emulator, b"DeleteItem")
    own_emulator.start()
    assert dynamodb.get_item(TableName="table", Key=key("lease"))["Item"]["owner"] == {"S": "me"}


def test_a_damaged_journal_stops_the_start_instead_of_losing_writes(
    own_emulator: Emulator,
) -> None:
    dynamodb = LocalAws(own_emulator.url).dynamodb
    make_table(dynamodb)
    for number in range(3):
        dynamodb.put_item(TableName="table", Item=key(f"row-{number}"))
    own_emulator.kill()
    journal = next(own_emulator.root.glob("state-*/journal.jsonl"))
    journal.write_bytes(journal.read_bytes().replace(b"row-1", b"row-9"))
    with pytest.raises(EmulatorDiedError):
        own_emulator.start()


def test_the_cluster_s_stack_is_kept_once_it_is_said_to_be_made(
    own_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": own_emulator.url}.items():
        monkeypatch.setenv(name, value)
    node = Node("node-a", "demo")
    assert node.cluster_stack.apply() is True
    own_emulator.kill()
    own_emulator.start()
    assert node.cluster_stack.apply() is False
    aws = LocalAws(own_emulator.url)
    assert aws.dynamodb.describe_table(TableName="conclave-demo-data")
    assert aws.client("ssm").get_parameter(Name="/conclave/demo/connection")
    assert aws.sqs.get_queue_url(QueueName="conclave-demo-background-dead")


def test_a_tampered_blob_is_refused(aws: LocalAws) -> None:
    sealed = _seal(aws)
    blob = sealed["CiphertextBlob"]
    for place in (0, 5, 20, len(blob) - 1):
        changed = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        _refused("InvalidCiphertextException", aws, {**sealed, "CiphertextBlob": changed})


def test_another_key_is_refused(aws: LocalAws) -> None:
    other = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    _refused("IncorrectKeyException", aws, {**_seal(aws), "KeyId": other})


def test_another_context_and_a_disabled_key_are_refused(aws: LocalAws) -> None:
    sealed = _seal(aws)
    _refused("InvalidCiphertextException", aws, {**sealed, "EncryptionContext": {"a": "x"}})
    aws.client("kms").disable_key(KeyId=sealed["KeyId"])
    _refused("DisabledException", aws, sealed)


def test_keys_are_named_by_alias_as_well(aws: LocalAws) -> None:
    sealed = _seal(aws)
    aws.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=sealed["KeyId"])
    opened = aws.client("kms").decrypt(**{**sealed, "KeyId": "alias/mine"})
    assert opened["Plaintext"] == b"data key"


def test_a_blob_is_sealed_again_under_another_key(aws: LocalAws) -> None:
    kms, sealed = aws.client("kms"), _seal(aws)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    again = kms.re_encrypt(
        CiphertextBlob=sealed["CiphertextBlob"],
        SourceEncryptionContext=sealed["EncryptionContext"],
        DestinationKeyId=other,
    )
    assert kms.decrypt(CiphertextBlob=again["CiphertextBlob"])["KeyId"] == other


def _write(url: str, place: int, written: set[str]) -> None:
    """Puts and counts until the emulator is gone."""
    dynamodb = LocalAws(url).dynamodb
    for number in range(10_000):
        name = f"{place}-{number}"
        try:
            dynamodb.transact_write_items(TransactItems=_put_and_count(name))
        except (BotoCoreError, ClientError):
            return
        written.add(name)


def _put_and_count(name: str) -> list[dict[str, Any]]:
    count = {
        "TableName": "table",
        "Key": key("count"),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    return [{"Put": {"TableName": "table", "Item": key(name)}}, {"Update": count}]


def _drop_line(emulator: Emulator, word: bytes) -> None:
    journal = next(emulator.root.glob("state-*/journal.jsonl"))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if word not in line))


def _seal(aws: LocalAws) -> dict[str, Any]:
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    context = {"a": "b"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"data key", EncryptionContext=context)
    return {"KeyId": key, "CiphertextBlob": blob["CiphertextBlob"], "EncryptionContext": context}


def _refused(code: str, aws: LocalAws, request: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refusal:
        aws.client("kms").decrypt(**request)
    assert refusal.value.response["Error"]["Code"] == code
