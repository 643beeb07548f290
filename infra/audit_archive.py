"""Archived hours of the audit trail: their rows, in locked objects of the audit bucket."""

from __future__ import annotations

import zlib

from botocore.exceptions import ClientError

from chalicelib.audit import digest as rules
from chalicelib.audit.digest import Line
from chalicelib.backup.rows import unpacked
from infra.audit_chain import Places
from infra.aws import client

KIND = ("ARCHIVE", "AuditTrail")
"""Action and kind of the line that tells of an archive; its item is the day."""


class Archive:
    """An hour's archive: DynamoDB's own form, a row a line, compressed."""

    @staticmethod
    def name(places: Places, hour: str) -> str:
        return f"archives/{places.cluster_id}/{hour}.json.gz"


def archived_lines(places: Places, hour: str) -> frozenset[Line]:
    """The lines of an hour's archive as it was first written; none where there is none."""
    key = Archive.name(places, hour)
    s3 = client("s3", places.region)
    found = s3.list_object_versions(Bucket=places.bucket, Prefix=key)
    versions = [one for one in found.get("Versions", []) if one["Key"] == key]
    if not versions:
        return frozenset()
    first = versions[-1]["VersionId"]  # S3 lists the newest first
    try:
        body = s3.get_object(Bucket=places.bucket, Key=key, VersionId=first)["Body"]
        return frozenset(map(rules.line_of, unpacked(body.read())))
    except (ClientError, ValueError, KeyError, OSError, EOFError, zlib.error):
        return frozenset()
