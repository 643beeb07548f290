"""Puts the large files of secrets back into the cluster's bucket, from the copies of backups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from chalicelib.aws import object_copies as copies
from chalicelib.aws.object_copies import Listed
from chalicelib.backup.files import COPIES, LIVE, FileCopy
from infra.backups import Opened, RefusedError

THREADS = 8
TOLD = 5
"""How many of what is lost a refusal names."""


@dataclass(frozen=True, slots=True)
class Files:
    """A backup's files, checked.

    names: of all that its rows hold
    again: those that are not in the bucket as they were: their copies are whole
    tags:  of the copies, by name
    lost:  those that are nowhere
    """

    names: frozenset[str]
    again: tuple[FileCopy, ...]
    tags: dict[str, str]
    lost: tuple[str, ...]


def checked(backup: Opened, bucket: str, *, without_lost: bool) -> Files:
    """What is to be put back into the bucket. Each copy that it takes is read and compared.

    Raises RefusedError when a file is in no bucket, or altered, unless told to go on without.
    """
    wanted = list(backup.files())
    live = {one.key: one for one in copies.listed(bucket, LIVE)} if wanted else {}
    kept = {one.key: one for one in copies.listed(backup.bucket, COPIES)} if wanted else {}
    again = [one for one in wanted if not _is_there(one, live, kept)]
    tags = dict(zip((one.name for one in again), _tags(backup.bucket, again), strict=True))
    lost = [one.name for one in again if not tags[one.name]]
    if lost and not without_lost:
        raise RefusedError(_told(lost))
    whole = tuple(one for one in again if tags[one.name])
    return Files(frozenset(one.name for one in wanted), whole, tags, tuple(lost))


def put_back(files: Files, source: str, bucket: str) -> None:
    """Copy them, within S3. May be repeated."""
    each(lambda one: copies.copy(source, one.key, bucket, one.live, files.tags[one.name]),
         files.again)  # fmt: skip


def each(do: Callable[[FileCopy], object], files: Iterable[FileCopy]) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(do, files):
            pass


def _is_there(one: FileCopy, live: dict[str, Listed], kept: dict[str, Listed]) -> bool:
    """Whether the bucket holds the very file; one without a copy counts if there is any."""
    there, copy = live.get(one.live), kept.get(one.key)
    if there is None:
        return False
    if copy is None:
        return not one.sha256 or there.size == one.size
    return (there.size, there.tag) == (copy.size, copy.tag)


def _tags(bucket: str, files: list[FileCopy]) -> Iterator[str]:
    """Of each copy, S3's hash of it; "" for one that is missing or altered."""
    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(lambda one: _tag(bucket, one), files)


def _tag(bucket: str, one: FileCopy) -> str:
    found = copies.hashed(bucket, one.key) if one.sha256 else None
    return found.tag if found and found.sha256 == one.sha256 else ""


def _told(lost: list[str]) -> str:
    named = ", ".join(f"files/{name}" for name in lost[:TOLD])
    more = f" and {len(lost) - TOLD} more" if len(lost) > TOLD else ""
    return (
        f"{len(lost)} large files are neither in the cluster's bucket nor whole in the backup's: "
        f"{named}{more} (the number is the secret's). LOST_FILES=1 restores without them"
    )
