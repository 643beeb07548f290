"""Looks at a mirrored cluster's other region: replicas of the tables, the key, the connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from infra.aws import client, region
from infra.finding import Finding, MissingError, missing_is_known

Connection: TypeAlias = Mapping[str, Any]
TABLES = ("data_table", "audit_table")


def replicas(connection: Connection) -> dict[str, dict[str, str]]:
    """The status of each replica of each table elsewhere, by table and region."""
    found = {}
    for table in (str(connection[name]) for name in TABLES):
        asked = client("dynamodb").describe_table(TableName=table)["Table"]
        others = asked.get("Replicas", [])
        found[table] = {
            one["RegionName"]: one.get("ReplicaStatus", "ACTIVE")
            for one in others
            if one["RegionName"] != region()
        }
    return found


def parameters(connection: Connection) -> dict[str, str]:
    """With which parameters this region's stack was made, as far as it makes a difference."""
    home = str(connection.get("home", ""))
    if not home:
        return {}
    if home != region():
        return {"HomeRegion": home}
    there = sorted({one for found in replicas(connection).values() for one in found})
    return {"MirrorRegion": there[0]} if there else {}


def check_mirror(cluster: str, connection: Connection) -> Iterator[Finding]:
    """What is missing or otherwise in the other region. Nothing for a cluster without a mirror."""
    if not connection.get("home"):
        return
    found = replicas(connection)
    for table, others in found.items():
        if not others:
            yield Finding(table, "it has no replica in another region: deploy with MIRROR=...")
        for where, status in others.items():
            if status != "ACTIVE":
                yield Finding(f"{table} in {where}", f"the replica is {status}")
    for where in sorted({one for others in found.values() for one in others}):
        yield from check_region(cluster, connection, where)


def check_region(cluster: str, connection: Connection, where: str) -> Iterator[Finding]:
    """The same settings, key and names there as here."""
    from infra.checks import read_connection

    there = read_connection(cluster, where)
    name = f"/conclave/{cluster}/connection in {where}"
    if not there:
        yield Finding(name, "no node of that region can find the cluster: deploy one there")
    for field in ("cluster", *TABLES, "home"):
        if there and there.get(field) != connection.get(field):
            yield Finding(
                name, f"{field} is {there.get(field)} there and {connection.get(field)} here"
            )
    keys = [str(one.get("key_arn", "")).rpartition("/")[2] for one in (connection, there)]
    if there and keys[0] != keys[1]:
        yield Finding(name, "it names another KMS key than here: call `make rekey` again")
    for table in TABLES:
        yield from _check_replica(str(connection[table]), where)
    yield from _check_key(str(connection["key_arn"]), where)


def _check_replica(table: str, where: str) -> Iterator[Finding]:
    dynamodb, name = client("dynamodb", where), f"{table} in {where}"
    try:
        with missing_is_known():
            there = dynamodb.describe_table(TableName=table)["Table"]
    except MissingError:
        yield Finding(name, "it does not exist")
        return
    here = client("dynamodb").describe_table(TableName=table)["Table"]
    if not there.get("DeletionProtectionEnabled"):
        yield Finding(name, "it is not protected from deletion")
    if _indexes(there) != _indexes(here):
        yield Finding(name, f"its indexes are {_indexes(there)} and here {_indexes(here)}")
    if _expiry(table, where) != _expiry(table, ""):
        yield Finding(
            name, f"rows expire by {_expiry(table, where)} and here by {_expiry(table, '')}"
        )
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield Finding(name, "it has no point-in-time recovery")


def _indexes(table: Mapping[str, Any]) -> list[str]:
    return sorted(one["IndexName"] for one in table.get("GlobalSecondaryIndexes", []))


def _expiry(table: str, where: str) -> str:
    asked = client("dynamodb", where).describe_time_to_live(TableName=table)
    found = asked["TimeToLiveDescription"]
    is_on = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return str(found.get("AttributeName")) if is_on else "nothing"


def _check_key(arn: str, where: str) -> Iterator[Finding]:
    key, name = arn.rpartition("/")[2], f"the cluster's key in {where}"
    try:
        with missing_is_known():
            state = client("kms", where).describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    except MissingError:
        yield Finding(name, "it has no replica there: no node of that region can open anything")
        return
    if state != "Enabled":
        yield Finding(name, f"it is {state}: nothing sealed can be opened there")
