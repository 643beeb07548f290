"""Objects in the cluster's bucket. It keeps old versions: what is removed can be brought back."""

from __future__ import annotations

from botocore.exceptions import ClientError

from . import clients
from .connection import connection
from .faults import known_faults


class Objects:
    """Every method may be repeated. Raises Unavailable when S3 refuses."""

    def put(self, key: str, content: bytes) -> None:
        with known_faults("writing to the bucket"):
            clients.client("s3").put_object(Bucket=connection().bucket, Key=key, Body=content)

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when there is none."""
        with known_faults("reading from the bucket"):
            try:
                answer = clients.client("s3").get_object(Bucket=connection().bucket, Key=key)
                return bytes(answer["Body"].read())
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchKey":
                    return None
                raise

    def remove(self, key: str) -> None:
        with known_faults("removing from the bucket"):
            clients.client("s3").delete_object(Bucket=connection().bucket, Key=key)
