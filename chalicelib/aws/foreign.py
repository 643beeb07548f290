"""Objects in the bucket of another cluster, maybe in another region or account: to read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from . import clients
from .faults import known_faults


@dataclass(frozen=True, slots=True)
class ForeignObjects:
    """Every method may be repeated. Raises Unavailable when S3 refuses."""

    bucket: str

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when there is none."""
        with known_faults(f"reading from the bucket {self.bucket}"):
            try:
                answer = clients.client("s3").get_object(Bucket=self.bucket, Key=key)
                return bytes(answer["Body"].read())
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchKey":
                    return None
                raise

    def folders(self, prefix: str, after: str) -> list[str]:
        """The names below a prefix up to the next slash, those after one only, in their order."""
        asked: dict[str, Any] = {"Bucket": self.bucket, "Prefix": prefix, "Delimiter": "/"}
        if after:
            asked["StartAfter"] = after
        found: list[str] = []
        with known_faults(f"listing the bucket {self.bucket}"):
            while True:
                answer = clients.client("s3").list_objects_v2(**asked)
                found += [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
                if not answer.get("IsTruncated"):
                    return found
                asked["ContinuationToken"] = answer["NextContinuationToken"]
