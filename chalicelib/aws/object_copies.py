"""Copies objects from any bucket into one, within S3. To be hashed, they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.errors import Unavailable

from . import clients
from .faults import known_faults

PIECE = 1024 * 1024
CHANGED = "PreconditionFailed"


@dataclass(frozen=True, slots=True)
class Listed:
    """tag: S3's own hash of the content: two objects of one bucket with the same are the same."""

    key: str
    size: int
    tag: str


@dataclass(frozen=True, slots=True)
class Hashed:
    sha256: str
    size: int
    tag: str


def listed(bucket: str, prefix: str) -> Iterator[Listed]:
    """The objects below a prefix. One call for each thousand. Raises Unavailable."""
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    while True:
        with known_faults(f"listing the bucket {bucket}"):
            answer = clients.client("s3").list_objects_v2(**asked)
        for one in answer.get("Contents", ()):
            yield Listed(one["Key"], int(one["Size"]), one["ETag"])
        if not answer.get("IsTruncated"):
            return
        asked["ContinuationToken"] = answer["NextContinuationToken"]


def hashed(bucket: str, key: str) -> Hashed | None:
    """What lies there, read piece by piece; None when nothing does. Raises Unavailable."""
    digest, size = hashlib.sha256(), 0
    with known_faults(f"reading from the bucket {bucket}"):
        try:
            answer = clients.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        for piece in answer["Body"].iter_chunks(PIECE):
            digest.update(piece)
            size += len(piece)
    return Hashed(digest.hexdigest(), size, answer["ETag"])


def copy(bucket: str, key: str, to: str, as_key: str, tag: str) -> None:
    """Copy what had that tag when it was read. May be repeated. Raises Unavailable."""
    with known_faults(f"copying into the bucket {to}"):
        try:
            clients.client("s3").copy_object(
                Bucket=to,
                Key=as_key,
                CopySource={"Bucket": bucket, "Key": key},
                CopySourceIfMatch=tag,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == CHANGED:
                raise Unavailable(f"{key} was changed while it was copied") from error
            raise
