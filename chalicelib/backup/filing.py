"""The large files of a backup: named while rows are read, then copied; old copies go in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.core.clock import Clock

from .files import FileCopy, named_in, row_of
from .manifest import FILES, Manifest, Part, Progress
from .rows import Item, Page


class Lists(Protocol):
    def keep(self, id: str, number: int, table: str, rows: Sequence[Item]) -> Part: ...
    def files(self, id: str, part: Part) -> list[FileCopy]: ...
    def manifest(self, id: str) -> Manifest | None: ...


class Copies(Protocol):
    def there(self) -> list[FileCopy]: ...
    def make(self, name: str) -> FileCopy: ...
    def remove(self, one: FileCopy) -> None: ...
    def backups(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Filing:
    """Every call may be repeated, after a death as well: what is copied is not copied again."""

    lists: Lists
    copies: Copies
    clock: Clock

    def note(self, id: str, progress: Progress, read: Page) -> Progress:
        """With a list of the files that rows of a page name, if any."""
        names = named_in(read.rows) if read.table == "data" else []
        if not names:
            return progress
        part = self._list(id, progress, map(FileCopy, names))
        return replace(progress, named=(*progress.named, part))

    def go_on(self, id: str, progress: Progress, deadline: datetime) -> Iterator[Progress]:
        """Copy what is named until that moment, one file at least; how far it is, list by list."""
        there: dict[str, FileCopy] | None = None
        while not progress.is_done and (there is None or self.clock() < deadline):
            if there is None:
                there = {one.name: one for one in self.copies.there()}
            progress = self._some(id, progress, there, deadline)
            yield progress

    def prune(self, newest: str, deadline: datetime) -> int:
        """Remove copies that no backup of the bucket names, until that moment; how many.

        With none to remove: one call for each thousand, and one for each list of the newest.
        """
        there = self.copies.there()
        kept = set(self._names(newest)) if there else set()
        if all(one.name in kept for one in there):
            return 0
        for id in self.copies.backups():
            kept.update(self._names(id))
        removed = 0
        for one in there:
            if one.name not in kept and self.clock() < deadline:
                self.copies.remove(one)
                removed += 1
        return removed

    def _names(self, id: str) -> Iterator[str]:
        manifest = self.lists.manifest(id)
        for part in manifest.files if manifest else ():
            yield from (one.name for one in self.lists.files(id, part))

    def _some(
        self, id: str, progress: Progress, there: Mapping[str, FileCopy], deadline: datetime
    ) -> Progress:
        done, first = progress.at
        wanted = self.lists.files(id, progress.named[done])
        copied = list(self._copied(wanted[first:], there, deadline))
        at = (done, first + len(copied))
        return replace(
            progress,
            files=(*progress.files, self._list(id, progress, copied)),
            missing=progress.missing + sum(not one.sha256 for one in copied),
            at=at if at[1] < len(wanted) else (done + 1, 0),
        )

    def _copied(
        self, wanted: Sequence[FileCopy], there: Mapping[str, FileCopy], deadline: datetime
    ) -> Iterator[FileCopy]:
        for one in wanted:
            yield there.get(one.name) or self.copies.make(one.name)
            if self.clock() >= deadline:
                return

    def _list(self, id: str, progress: Progress, files: Iterable[FileCopy]) -> Part:
        number = len(progress.named) + len(progress.files) + 1
        return self.lists.keep(id, number, FILES, list(map(row_of, files)))
