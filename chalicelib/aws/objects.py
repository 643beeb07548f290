"""Objects in the cluster's bucket. It keeps old versions: what is removed can be brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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

    def pieces(self, key: str, length: int) -> Iterator[bytes] | None:
        """The object's bytes piece by piece, None when there is none.

        Who may not list the bucket is told AccessDenied of an object that is not there.
        """
        with known_faults("reading from the bucket"):
            try:
                answer = clients.client("s3").get_object(Bucket=connection().bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
                    return None
                raise
        return _pieces(answer["Body"], length)

    def address_to_put(self, key: str, size: int, lasts: timedelta) -> str:
        """Where whoever has the address may put an object of exactly that size, for a time."""
        return _address("put_object", {"Key": key, "ContentLength": size}, lasts)

    def address_to_get(self, key: str, lasts: timedelta) -> str:
        """Where whoever has the address may fetch the object, for a time."""
        return _address("get_object", {"Key": key}, lasts)

    def remove(self, key: str) -> None:
        with known_faults("removing from the bucket"):
            clients.client("s3").delete_object(Bucket=connection().bucket, Key=key)


def _pieces(body: Any, length: int) -> Iterator[bytes]:
    with known_faults("reading from the bucket"):
        yield from body.iter_chunks(length)


def _address(what: str, asked: dict[str, Any], lasts: timedelta) -> str:
    """Signed here, without a call. It holds no secret but the right to that one object."""
    return str(
        clients.presigner().generate_presigned_url(
            what,
            Params={"Bucket": connection().bucket, **asked},
            ExpiresIn=int(lasts.total_seconds()),
        )
    )
