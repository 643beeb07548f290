"""What the doctor says: one thing that is missing or disagrees, in words, perhaps with a cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

MISSING = (
    "ResourceNotFoundException",
    "ParameterNotFound",
    "NotFoundException",
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchKey",
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a resource's name; `cure` sets it right and may be repeated."""

    where: str
    what: str
    cure: Callable[[], object] | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class MissingError(Exception):
    """The resource that was asked for does not exist."""


@contextmanager
def missing_is_known() -> Iterator[None]:
    """Turns each service's own "no such thing" into MissingError; other errors stay."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise MissingError from error
        raise
