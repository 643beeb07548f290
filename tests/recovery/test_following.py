"""A replica's tables become what the source's backup holds, and nothing but its own stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.aws.connection import connection
from chalicelib.cluster.store import Gates
from chalicelib.core.clock import stamp
from chalicelib.jobs.service import Outcome
from chalicelib.recovery.replica import OWN, Replication, checked
from chalicelib.recovery.store import ReplicationTable
from infra.aws import client
from infra.backups import RefusedError
from infra.checks import read_connection
from infra.verify_audit import verify
from tests.calls import Calls, Killed, killing_after
from tests.counts import full_or
from tests.recovery.conftest import PRODUCTION, STANDBY, Pair, bucket_of, put, rows

CRASHES = full_or(range(1, 60), (4, 9, 20))


def taken(cluster: str) -> dict[tuple[str, str], Any]:
    """The rows that are not a cluster's own."""
    return {key: row for key, row in rows(cluster).items() if row["kind"]["S"] not in OWN}


def test_the_tables_become_those_of_the_source(pair: Pair) -> None:
    put(STANDBY, "folder#7", "folder")
    own = {key for key, row in rows(STANDBY).items() if row["kind"]["S"] in OWN}
    pair.follow()
    assert taken(STANDBY) == taken(PRODUCTION)
    assert own <= rows(STANDBY).keys()
    assert verify(STANDBY).faults == ()
    with pair.inside(STANDBY):
        actions = [row.action for row in AuditRow.scan()]
        epochs = Gates().fetch().epochs
    assert actions.count("VIEW") == 12
    assert {"STANDBY", "REPLICATE"} <= set(actions)
    assert all(epochs[name] for name in ("folders", "roles", "settings", "templates"))


def test_its_keys_are_under_its_own_kms_key_and_the_sources_is_not_needed(pair: Pair) -> None:
    pair.follow()
    ours, theirs = read_connection(STANDBY)["key_arn"], read_connection(PRODUCTION)["key_arn"]
    assert ours != theirs
    client("kms").disable_key(KeyId=theirs.rpartition("/")[2])
    with pair.inside(STANDBY):
        assert pair.kept.opened() == pair.kept.values


def test_what_was_changed_and_removed_since_follows_with_the_next_backup(
    pair: Pair, calls: Calls
) -> None:
    put(PRODUCTION, "folder#5", "folder", name={"S": "old"})
    put(PRODUCTION, "folder#6", "folder")
    put(PRODUCTION, "counter#secret", "counter", last={"N": "40"})
    pair.kept.back_up()
    pair.follow()
    put(STANDBY, "counter#secret", "counter", last={"N": "60"})
    put(PRODUCTION, "folder#5", "folder", name={"S": "new"})
    table = read_connection(PRODUCTION)["data_table"]
    client("dynamodb").delete_item(
        TableName=table, Key={"pk": {"S": "folder#6"}, "sk": {"S": "folder"}}
    )
    pair.kept.back_up()
    with pair.inside(STANDBY):
        calls.clear()
        assert pair.tick() is Outcome.RAN
    there = taken(STANDBY)
    assert there["folder#5", "folder"]["name"]["S"] == "new"
    assert ("folder#6", "folder") not in there
    assert there["counter#secret", "counter"]["last"]["N"] == "60"  # it never counts back
    written = [one for one in calls.seen if one.operation == "PutItem" and "data" in str(one)]
    assert len(written) < 12  # what is as it was is not written again


def test_it_goes_on_in_slices_and_looks_by_the_interval(pair: Pair) -> None:
    pair.follow()
    pair.kept.store(3)
    pair.kept.back_up()
    pair.kept.slice = timedelta(0)
    with pair.inside(STANDBY):
        at = wiring.clock()().replace(second=0, microsecond=0)
        assert pair.tick(at) is Outcome.RAN  # it has looked a moment ago: not due
        assert len(pair.kept.opened()) < len(pair.kept.values)
        one = ReplicationTable().read()
        old = stamp(datetime.now(UTC) - one.every)
        name = connection().data_table
        client("dynamodb").update_item(
            TableName=name,
            Key={"pk": {"S": "replication"}, "sk": {"S": "replication"}},
            UpdateExpression="SET looked_at = :old",
            ExpressionAttributeValues={":old": {"S": old}},
        )
        later = at + timedelta(minutes=1)
        outcomes = [pair.tick(later) for _ in range(4)]
        assert outcomes[:3] == [Outcome.SLICED, Outcome.SLICED, Outcome.RAN]
        assert pair.kept.opened() == pair.kept.values


def test_a_worker_killed_after_any_call_costs_nothing(pair: Pair) -> None:
    pair.follow()
    for number in CRASHES:
        put(PRODUCTION, f"folder#{number}", "folder")
        pair.kept.back_up()
        with pair.inside(STANDBY):
            try:
                with killing_after(number):
                    pair.tick()
            except Killed:
                wiring.reset()
            one = wiring.recovery()
            one.sync(pair.said.append)
        assert taken(STANDBY) == taken(PRODUCTION), number


@pytest.mark.parametrize("seconds", [0, 59, -60, 8 * 86400])
def test_an_interval_of_zero_is_refused(seconds: int) -> None:
    with pytest.raises(Exception, match="replicationIntervalMinutes is .* 1 to 10080"):
        checked(Replication(every=timedelta(seconds=seconds)))


def newest_manifest() -> str:
    listed = client("s3").list_objects_v2(Bucket=bucket_of(PRODUCTION), Prefix="backups/")
    names = [str(one["Key"]) for one in listed["Contents"]]
    return max(name for name in names if name.endswith("manifest.json"))


def manifest() -> bytes:
    """The newest one of the production."""
    found = client("s3").get_object(Bucket=bucket_of(PRODUCTION), Key=newest_manifest())
    return bytes(found["Body"].read())


def rewrite(genuine: bytes, change: Callable[[dict[str, Any]], object]) -> None:
    """Put that manifest, altered, where the newest one is."""
    read = json.loads(genuine)
    change(read)
    key, content = newest_manifest(), json.dumps(read).encode()
    client("s3").put_object(Bucket=bucket_of(PRODUCTION), Key=key, Body=content)


def first_key(read: dict[str, Any], id: int) -> None:
    read["keys"]["keys"].append({**read["keys"]["keys"][0], "id": id})


UNFIT: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda read: read.update(schema=99), "deploy that version"),
    (lambda read: read.update(version="99.0.0"), "deploy that version"),
    (lambda read: read.update(schema=0), "upgrade the source first"),
    (lambda read: read.update(format=99), "newer Conclave"),
    (lambda read: read.update(at="2020-01-01T00:00:00.000000Z"), "MAC"),
    (lambda read: read["parts"][0].update(sha256="0" * 64), "MAC"),
    (lambda read: read["keys"].update(cluster_id="x"), "other keys"),
    (lambda read: first_key(read, 2), "data key 2"),
]


def test_a_backup_that_cannot_be_taken_changes_nothing_and_says_why(pair: Pair) -> None:
    pair.follow()
    put(PRODUCTION, "folder#5", "folder")
    pair.kept.back_up()
    before, genuine = taken(STANDBY), manifest()
    with pair.inside(STANDBY):
        for change, why in UNFIT:
            for _ in range(2):
                rewrite(genuine, change)
                assert pair.tick() is Outcome.RAN
            assert why in ReplicationTable().read().error
        lines = [row.detail for row in AuditRow.scan() if row.action == "REPLICATION FAILED"]
        assert len(lines) == len(set(lines))  # news once
    assert taken(STANDBY) == before


def test_a_part_with_a_flipped_byte_is_not_taken(pair: Pair) -> None:
    pair.follow()
    put(PRODUCTION, "folder#5", "folder")
    entry = pair.kept.back_up()
    bucket = bucket_of(PRODUCTION)
    for one in client("s3").list_objects_v2(Bucket=bucket, Prefix=f"backups/{entry.id}/0")[
        "Contents"
    ]:
        content = client("s3").get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
        client("s3").put_object(
            Bucket=bucket,
            Key=one["Key"],
            Body=content[:50] + bytes([content[50] ^ 1]) + content[51:],
        )
    before = taken(STANDBY)
    with pair.inside(STANDBY):
        pair.tick()
        assert "SHA-256" in ReplicationTable().read().error
    assert taken(STANDBY) == before


def test_a_newer_sources_backup_is_taken_once_this_code_is_newer_too(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.follow()
    put(PRODUCTION, "folder#5", "folder")
    with pytest.MonkeyPatch.context() as upgraded:
        upgraded.setattr("chalicelib.backup.service.SCHEMA", 99)
        pair.kept.back_up()
    with pair.inside(STANDBY):
        pair.tick()
        assert "schema 99" in ReplicationTable().read().error
        monkeypatch.setattr("chalicelib.recovery.replica.SCHEMA", 99)
        pair.tick()
        assert ReplicationTable().read().error == ""
    assert ("folder#5", "folder") in taken(STANDBY)


def test_a_data_key_that_was_made_since_is_brought_by_make_standby(pair: Pair) -> None:
    pair.follow()
    add_data_key(pair)
    entry = pair.kept.back_up()
    with pair.inside(STANDBY):
        pair.tick()
        assert "make standby again" in ReplicationTable().read().error
    assert pair.follow().backup == entry.id
    with pair.inside(STANDBY):
        assert wiring.keyring().key_ids() == {1, 2}
        assert pair.kept.opened() == pair.kept.values


def test_clusters_that_made_keys_apart_are_not_mixed(pair: Pair) -> None:
    pair.follow()
    add_data_key(pair)
    pair.kept.back_up()
    with pair.inside(STANDBY):
        add_data_key(pair)
    before = rows(STANDBY)
    with pytest.raises(RefusedError, match="data key 2 of their own"):
        pair.follow()
    assert rows(STANDBY) == before


def add_data_key(pair: Pair) -> None:
    """What rotation does, in the cluster that this process is in."""
    row = keyring.stored()
    made = client("kms").generate_data_key(
        KeyId=connection().key_arn,
        KeySpec="AES_256",
        EncryptionContext=keyring.context(row.cluster_id, 2),
    )
    fresh = keyring.WrappedKey(  # type: ignore[no-untyped-call]
        id=2, wrapped=made["CiphertextBlob"], made_at=stamp(datetime.now(UTC))
    )
    row.keys.append(fresh)
    row.primary = 2
    row.save()
    wiring.keyring().forget()
