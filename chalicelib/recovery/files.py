"""The large files of the cluster that is followed: copied into this one's bucket, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.backup.files import FileCopy, file_of
from chalicelib.backup.manifest import Manifest, Part
from chalicelib.backup.rows import Item
from chalicelib.core.clock import Clock


class Source(Protocol):
    def rows(self, bucket: str, manifest: Manifest, part: Part) -> list[Item]: ...


class Own(Protocol):
    def there(self) -> dict[str, int]: ...
    def take(self, bucket: str, one: FileCopy) -> None: ...
    def remove(self, name: str) -> None: ...


Place = tuple[int, int]
"""A list of a manifest, and a file of it."""


@dataclass(frozen=True, slots=True)
class Files:
    """Every call may be repeated: what is there is not copied again."""

    source: Source
    own: Own
    clock: Clock

    def take(self, bucket: str, manifest: Manifest, place: Place, until: datetime) -> Place | None:
        """Copy files from that place on until that moment; where to go on, None once all are here.

        Raises Invalid for a copy that is missing or altered.
        """
        if place[0] >= len(manifest.files):
            return None
        there = self.own.there()
        for number, one in self._from(bucket, manifest, place):
            if one.sha256 and there.get(one.name) != one.size:
                self.own.take(bucket, one)
            if self.clock() >= until:
                return number
        return None

    def take_all(self, bucket: str, manifest: Manifest, said: Callable[[str], None]) -> None:
        """The same in one go, telling how far it is."""
        there, taken = self.own.there() if manifest.files else {}, 0
        for _, one in self._from(bucket, manifest, (0, 0)):
            if one.sha256 and there.get(one.name) != one.size:
                self.own.take(bucket, one)
                taken += 1
                if taken % 100 == 0:
                    said(f"backup {manifest.id}: {taken:,} large files copied")

    def names(self, bucket: str, manifest: Manifest) -> frozenset[str]:
        """The names of all that the backup's rows hold, those that were lost there included."""
        return frozenset(one.name for _, one in self._from(bucket, manifest, (0, 0)))

    def remove_others(self, bucket: str, manifest: Manifest) -> int:
        """Remove what the source has no more; how many. By a backup without lists, none."""
        if not manifest.lists_files:
            return 0
        there = set(self.own.there())
        others = there - self.names(bucket, manifest) if there else there
        for name in sorted(others):
            self.own.remove(name)
        return len(others)

    def _from(
        self, bucket: str, manifest: Manifest, place: Place
    ) -> Iterator[tuple[Place, FileCopy]]:
        """Each file from there on, with the place after it."""
        first, skip = place
        for number, part in enumerate(manifest.files[first:], first):
            rows = self.source.rows(bucket, manifest, part)
            for at, row in enumerate(rows[skip:], skip + 1):
                yield (number, at), file_of(row)
            skip = 0
