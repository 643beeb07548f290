"""Another cluster's bucket, with this cluster's own backups in it: so that it can follow itself."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection

FAR = "conclave-far-123456789012-us-east-1"
GATE = {"pk": {"S": "gate"}, "sk": {"S": "gate"}}


@dataclass(frozen=True)
class Followed:
    """What this cluster follows."""

    def forget_what_was_taken(self, number: int) -> None:
        """As if no backup had been taken over, and something were there that no backup has."""
        row = {"source": {"S": "far"}, "bucket": {"S": FAR}, "enabled": {"BOOL": True}}
        _put("replication", every_seconds={"N": "60"}, version={"N": "1"}, **row)
        _put("folder", pk={"S": f"folder#{900 + number}"})
        own = connection().bucket
        for one in client("s3").list_objects_v2(Bucket=own, Prefix="files/")["Contents"]:
            client("s3").delete_object(Bucket=own, Key=one["Key"])

    def act_again(self) -> None:
        client("dynamodb").update_item(
            TableName=connection().data_table, Key=GATE, UpdateExpression="REMOVE replica"
        )


def follow_a_copy() -> Followed:
    """Copy the backups into that bucket, and be a replica of it."""
    s3, own = client("s3"), connection().bucket
    s3.create_bucket(Bucket=FAR)
    for one in s3.list_objects_v2(Bucket=own, Prefix="backups/")["Contents"]:
        content = s3.get_object(Bucket=own, Key=one["Key"])["Body"].read()
        s3.put_object(Bucket=FAR, Key=one["Key"], Body=content)
    client("dynamodb").update_item(
        TableName=connection().data_table,
        Key=GATE,
        UpdateExpression="SET replica = :far",
        ExpressionAttributeValues={":far": {"S": "far"}},
    )
    return Followed()


def _put(kind: str, **values: object) -> None:
    row = {"pk": {"S": kind}, "sk": {"S": kind}, "kind": {"S": kind}, **values}
    client("dynamodb").put_item(TableName=connection().data_table, Item=row)
