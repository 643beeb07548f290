"""What cannot be restored is refused with the reason, and nothing is changed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.aws.connection import connection
from infra import connection as pointing
from infra import restore as restoring
from infra.aws import client
from infra.backups import RefusedError
from infra.restore import restore
from tests.counts import full_or

from .conftest import Kept, all_rows

TABLES = ("conclave-test-data", "conclave-test-audit")


@pytest.fixture
def lost(kept: Kept) -> str:
    """The id of a backup whose cluster lost all its rows."""
    kept.store(10)
    id = kept.back_up().id
    kept.wipe()
    return id


def refusal(id: str, **more: Any) -> str:
    """Why a restore is refused, with the tables as they were."""
    before = [all_rows(name) for name in TABLES]
    with pytest.raises(RefusedError) as caught:
        restore("test", id, **more)
    assert [all_rows(name) for name in TABLES] == before
    return str(caught.value)


def object_of(id: str, name: str) -> tuple[str, bytes]:
    key = f"backups/{id}/{name}"
    return key, client("s3").get_object(Bucket=connection().bucket, Key=key)["Body"].read()


def put(key: str, content: bytes) -> None:
    client("s3").put_object(Bucket=connection().bucket, Key=key, Body=content)


def manifest(id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(object_of(id, "manifest.json")[1])
    return found


def rewrite(id: str, change: Callable[[dict[str, Any]], object]) -> None:
    read = manifest(id)
    change(read)
    put(f"backups/{id}/manifest.json", json.dumps(read).encode())


def test_a_cluster_that_holds_anything_is_left_alone(kept: Kept) -> None:
    kept.store(3)
    entry = kept.back_up()
    assert "not empty" in refusal(entry.id)
    assert kept.opened() == kept.values


def test_a_byte_of_a_part_that_was_flipped_is_found(lost: str) -> None:
    for part in manifest(lost)["parts"]:
        key, content = object_of(lost, part["name"])
        place = secrets.randbelow(len(content))
        put(key, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert part["name"] in refusal(lost)
        put(key, content)


def test_a_byte_of_the_manifest_that_was_flipped_is_found(lost: str) -> None:
    key, content = object_of(lost, "manifest.json")
    places = full_or(range(len(content)), range(0, len(content), 97))
    for place in places:
        put(key, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert refusal(lost)


def test_a_manifest_that_was_rewritten_with_care_is_found(lost: str) -> None:
    rewrite(lost, lambda read: read["parts"].pop())
    assert "MAC" in refusal(lost)


def test_a_part_that_is_missing_is_named(lost: str) -> None:
    name = manifest(lost)["parts"][0]["name"]
    client("s3").delete_object(Bucket=connection().bucket, Key=f"backups/{lost}/{name}")
    assert f"no backups/{lost}/{name}" in refusal(lost)


def test_a_part_of_another_backup_does_not_open(kept: Kept) -> None:
    kept.store(2)
    first, second = kept.back_up().id, kept.back_up().id
    part = manifest(second)["parts"][0]
    put(
        f"backups/{second}/{part['name']}", object_of(first, manifest(first)["parts"][0]["name"])[1]
    )
    kept.wipe()
    assert "SHA-256" in refusal(second)


def test_a_backup_that_never_ended_is_none(lost: str) -> None:
    assert "manifest.json" in refusal("20200101T000000Z-00000000")


@pytest.mark.parametrize("newer", [{"version": "99.0.0"}, {"schema": 99}])
def test_a_backup_newer_than_the_code_is_refused(lost: str, newer: dict[str, Any]) -> None:
    rewrite(lost, lambda read: read.update(newer))
    assert "check that version out" in refusal(lost)


def test_another_kms_key_is_refused_and_both_are_named(lost: str) -> None:
    other = client("kms").create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    ours = connection().key_arn
    text = client("ssm").get_parameter(Name="/conclave/test/connection")["Parameter"]["Value"]
    changed = json.dumps(json.loads(text) | {"key_arn": other})
    client("ssm").put_parameter(Name="/conclave/test/connection", Value=changed, Overwrite=True)
    said = refusal(lost)
    assert ours in said
    assert other in said
    assert "escrow" in said


def test_a_data_key_that_kms_does_not_open_is_named(lost: str) -> None:
    forged = base64.b64encode(b"\0" * 100).decode()
    rewrite(lost, lambda read: read["keys"]["keys"][0].update(wrapped=forged))
    assert "data key 1" in refusal(lost)


def test_the_command_says_that_nothing_was_changed(
    lost: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert restoring.main(["--cluster", "test", "--from", "none"]) == 1
    assert "not restored, nothing was changed" in capsys.readouterr().err
    assert restoring.main(["--cluster", "nowhere", "--from", lost]) == 1
    assert "deploy it first" in capsys.readouterr().err


def test_the_connection_is_not_pointed_at_what_no_node_can_use(kept: Kept) -> None:
    kept.store(1)
    audit = "conclave-test-audit"
    wrong = {
        "conclave-other-data": "not named",
        "conclave-test-r9-data": "no table",
    }
    for data, why in wrong.items():
        with pytest.raises(pointing.RefusedError, match=why):
            pointing.point("test", data, audit)
    mark = {**restoring.MARK, "backup": {"S": "x"}}
    client("dynamodb").put_item(TableName="conclave-test-data", Item=mark)
    with pytest.raises(pointing.RefusedError, match="interrupted"):
        pointing.point("test", "conclave-test-data", audit)
    client("dynamodb").delete_item(TableName="conclave-test-data", Key=restoring.MARK)
    assert pointing.point("test", "conclave-test-data", audit)["audit_table"] == audit
    kept.wipe()
    with pytest.raises(pointing.RefusedError, match="no keyring"):
        pointing.point("test", "conclave-test-data", audit)
    assert pointing.main(["--cluster", "test"]) == 0
    assert pointing.main(["--cluster", "nowhere"]) == 1
