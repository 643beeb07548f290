"""Compares the cluster's bucket with cluster.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.aws import client
from infra.finding import Finding


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the template, in the API's calls and in their arguments."""

    property: str
    call: str
    argument: str
    unset: str  # what to say when it is not as wanted
    enough: str = ""  # what the setting must have; with what in it, the operator chose


_SETTINGS = (
    Setting(
        "VersioningConfiguration",
        "bucket_versioning",
        "VersioningConfiguration",
        "it keeps no versions",
    ),
    Setting(
        "PublicAccessBlockConfiguration",
        "public_access_block",
        "PublicAccessBlockConfiguration",
        "public access to it is not blocked",
    ),
    Setting(
        "BucketEncryption",
        "bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "it is not encrypted",
    ),
    Setting(
        "ObjectLockConfiguration",
        "object_lock_configuration",
        "ObjectLockConfiguration",
        "what is written there is not locked",
        enough="Rule",
    ),
)

_NEVER_SET = ("NoSuch", "ServerSideEncryption", "ObjectLockConfigurationNotFound")


def check_bucket(bucket: Mapping[str, Any]) -> Iterator[Finding]:
    name, s3 = bucket["BucketName"], client("s3")
    s3.head_bucket(Bucket=name)
    for setting in (one for one in _SETTINGS if one.property in bucket):
        wanted = _as_request(bucket[setting.property])
        told = _told(name, setting)
        if not (setting.enough in told if setting.enough else _contains(told, wanted)):
            put = getattr(s3, f"put_{setting.call}")
            cure = partial(put, Bucket=name, **{setting.argument: wanted})
            yield Finding(name, setting.unset, cure)


def _told(bucket: str, setting: Setting) -> Any:
    """What the bucket says of a setting; S3 answers "never set" with an error."""
    try:
        answer = getattr(client("s3"), f"get_{setting.call}")(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith(_NEVER_SET):
            return {}
        raise
    return answer.get(setting.argument, answer)


def _as_request(wanted: Any) -> Any:
    """CloudFormation and the API differ in the names around a bucket's encryption."""
    if "ServerSideEncryptionConfiguration" not in wanted:
        return wanted
    rules = wanted["ServerSideEncryptionConfiguration"]
    named = "ServerSideEncryptionByDefault"
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": one[named]} for one in rules]}


def _contains(told: Any, wanted: Any) -> bool:
    """Does the answer hold all that is wanted? AWS adds defaults of its own."""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and all(_contains(told.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(told, list) and bool(told) and all(map(_contains, told, wanted))
    return bool(told == wanted)
