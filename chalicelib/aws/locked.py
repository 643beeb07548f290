"""Objects of the audit bucket: each is locked from the moment it is written, and written once."""

from __future__ import annotations

from botocore.exceptions import ClientError

from . import clients
from .connection import connection
from .faults import known_faults

THERE_IS_ONE = "PreconditionFailed"


class Locked:
    """Every method may be repeated. Raises Unavailable when S3 refuses."""

    def is_there(self) -> bool:
        """Whether this cluster has such a bucket: one that was never updated has none."""
        return bool(connection().audit_bucket)

    def put_new(self, key: str, content: bytes) -> bool:
        """Write an object; false when there is one of that name, which stays as it is."""
        with known_faults("writing to the audit bucket"):
            try:
                clients.client("s3").put_object(
                    Bucket=connection().audit_bucket,
                    Key=key,
                    Body=content,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",  # S3 takes no locked object without one
                )
            except ClientError as error:
                if error.response["Error"]["Code"] == THERE_IS_ONE:
                    return False
                raise
        return True

    def get(self, key: str) -> bytes:
        """The object's bytes."""
        with known_faults("reading from the audit bucket"):
            answer = clients.client("s3").get_object(Bucket=connection().audit_bucket, Key=key)
            return bytes(answer["Body"].read())
