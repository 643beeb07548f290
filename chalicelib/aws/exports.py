"""DynamoDB's own exports: a table as of one moment, written to the bucket by DynamoDB itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from chalicelib.core.errors import Unavailable

from . import clients
from .connection import connection
from .faults import known_faults


class Exports:
    """Raises Unavailable when DynamoDB or S3 refuse, or an export failed."""

    def begin(self, table: str, at: datetime, prefix: str) -> str:
        """Have a table exported as of that moment; the export's ARN. Repeated, it is the same."""
        here = connection()
        _, partition, _, region, account, _ = here.key_arn.split(":", 5)
        with known_faults("exporting a table"):
            answer = clients.client("dynamodb").export_table_to_point_in_time(
                TableArn=f"arn:{partition}:dynamodb:{region}:{account}:table/{table}",
                ExportTime=at.replace(microsecond=0),
                ExportFormat="DYNAMODB_JSON",
                S3Bucket=here.bucket,
                S3Prefix=prefix,
                ClientToken=f"{prefix}-{table}",
            )
        return str(answer["ExportDescription"]["ExportArn"])

    def files(self, arn: str) -> list[str] | None:
        """The keys of an export's files, None while it is under way."""
        with known_faults("looking at an export"):
            found = clients.client("dynamodb").describe_export(ExportArn=arn)["ExportDescription"]
        if found["ExportStatus"] == "FAILED":
            raise Unavailable(f"DynamoDB's export failed: {found.get('FailureCode', 'unknown')}")
        if found["ExportStatus"] != "COMPLETED":
            return None
        if "ExportManifest" not in found:
            raise Unavailable("the export has no manifest: this is not DynamoDB as on AWS")
        folder = found["ExportManifest"].rpartition("/")[0]
        with known_faults("reading an export"):
            answer = clients.client("s3").get_object(
                Bucket=found["S3Bucket"], Key=f"{folder}/manifest-files.json"
            )
            lines = answer["Body"].read().decode().splitlines()
        return [str(json.loads(line)["dataFileS3Key"]) for line in lines if line]

    def lines(self, key: str, skip: int, most: int) -> list[str]:
        """Lines of one file, each a row, after the first `skip`."""
        with known_faults("reading an export"):
            answer = clients.client("s3").get_object(Bucket=connection().bucket, Key=key)
            return list(islice(_unzipped(answer["Body"]), skip, skip + most))


def _unzipped(body: object) -> Iterator[str]:
    with gzip.open(body, "rt", encoding="utf-8") as text:  # type: ignore[call-overload]
        for line in text:
            yield line.rstrip("\n")
