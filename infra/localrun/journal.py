"""The journal: one JSON line for each acknowledged write to a table or send to a queue."""

import asyncio
import json
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class JournalDamagedError(Exception):
    """A line before the last one cannot be read: state was altered, not torn by a crash."""


_SAVED = "local-run.sends-saved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One write as it came: enough of its headers to route it again, and its body."""

    headers: dict[str, str]
    body: str
    at: float

    @property
    def is_send(self) -> bool:
        return self.headers["x-amz-target"].startswith("AmazonSQS.")

    @property
    def sends_saved(self) -> int:
        """In a mark: before how many lines' end every send is in the saved queues; 0 elsewhere."""
        return int(self.body) if self.headers["x-amz-target"] == _SAVED else 0

    def line(self) -> bytes:
        text = json.dumps([self.headers, self.body, self.at], separators=(",", ":"))
        return f"{zlib.crc32(text.encode()):08x} {text}\n".encode()


def saved_mark(lines: int, at: float) -> Entry:
    """Says that the queues, as saved, hold the sends of that many lines, or what became of them."""
    return Entry({"x-amz-target": _SAVED}, str(lines), at)


_QUICK = 0.002
"""Seconds. A disk that takes less is waited for: handing the wait to a thread takes longer."""


class Journal:
    """Append in order, then wait until it is on the disk. One flush serves all who wait."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._file).st_size
        self.lines = 0  # appended by us: a journal begins empty
        self._flushed = self.size
        self._flushing: asyncio.Task[None] | None = None
        self._took = 0.0
        self._retired = False

    def append(self, entry: Entry) -> None:
        """Never suspends, so that lines stand in the order in which the writes took effect."""
        line = entry.line()
        written = 0
        try:
            written = os.write(self._file, line)
        finally:
            if written != len(line):
                os.ftruncate(self._file, self.size)
        if written != len(line):
            raise OSError("the journal took only part of a line")
        self.size += written
        self.lines += 1

    async def flush(self) -> None:
        wanted = self.size
        await asyncio.sleep(0)  # who writes in the same turn shares the flush
        while not self._retired and self._flushed < wanted:
            if self._flushing is None and self._took < _QUICK:
                self._sync()
                continue
            if self._flushing is None:
                self._flushing = asyncio.create_task(self._flush())
            await asyncio.shield(self._flushing)

    def _sync(self) -> None:
        reached, begun = self.size, time.monotonic()
        os.fdatasync(self._file)
        self._flushed, self._took = reached, time.monotonic() - begun

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self._sync)
        finally:
            self._flushing = None
            if self._retired:
                os.close(self._file)

    def retire(self) -> None:
        """A later generation holds all of it: nobody needs to wait for this file any more."""
        self._retired = True
        if self._flushing is None:
            os.close(self._file)


def entries(path: Path) -> Iterator[Entry]:
    """All whole lines; a torn last one was never acknowledged and is left out."""
    lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    last = len(lines) - 1
    for number, line in enumerate(lines):
        entry = _parsed(line) if number < last else None
        if entry is not None:
            yield entry
        elif number < last - 1:
            raise JournalDamagedError(f"line {number + 1} of {path} is damaged")


def _parsed(line: bytes) -> Entry | None:
    checksum, _, text = line.partition(b" ")
    if f"{zlib.crc32(text):08x}".encode() != checksum:
        return None
    headers, body, at = json.loads(text)
    return Entry(headers, body, at)
