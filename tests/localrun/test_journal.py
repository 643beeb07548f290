"""The journal: what is whole is read again, what is torn is left out."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from infra.localrun.journal import Entry, Journal, JournalDamagedError, entries


def test_lines_come_back_in_their_order(tmp_path: Path) -> None:
    written = [_entry(number) for number in range(5)]
    assert list(entries(_journal(tmp_path, written))) == written


def test_a_torn_last_line_was_never_acknowledged_and_is_left_out(tmp_path: Path) -> None:
    path = _journal(tmp_path, [_entry(1), _entry(2)])
    path.write_bytes(path.read_bytes()[:-7])
    assert list(entries(path)) == [_entry(1)]


def test_a_last_line_of_garbage_is_left_out(tmp_path: Path) -> None:
    path = _journal(tmp_path, [_entry(1)])
    path.write_bytes(path.read_bytes() + b"\0" * 40 + b"\n")
    assert list(entries(path)) == [_entry(1)]


def test_a_damaged_line_before_the_last_stops_the_start(tmp_path: Path) -> None:
    path = _journal(tmp_path, [_entry(number) for number in range(3)])
    path.write_bytes(path.read_bytes().replace(b"body-0", b"body-X"))
    with pytest.raises(JournalDamagedError, match="line 1"):
        list(entries(path))


def test_no_journal_has_no_lines(tmp_path: Path) -> None:
    assert list(entries(tmp_path / "none")) == []


@pytest.mark.parametrize("slow", [False, True], ids=["a quick disk", "a slow disk"])
def test_one_flush_serves_all_who_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, slow: bool
) -> None:
    flushed = disk(monkeypatch, seconds=0.01 if slow else 0)

    async def write() -> None:
        journal = Journal(tmp_path / "journal.jsonl")
        journal.append(_entry(0))
        await journal.flush()
        for number in range(1, 20):
            journal.append(_entry(number))
        await asyncio.gather(*(journal.flush() for _ in range(20)))
        journal.append(_entry(20))
        journal.retire()
        await journal.flush()

    asyncio.run(write())
    assert len(list(entries(tmp_path / "journal.jsonl"))) == 21
    assert len(flushed) == 2
    assert not slow or flushed[1] != threading.get_ident(), "nobody is held up by it"


def disk(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[int]:
    """A disk that takes so long at least; the threads that waited for it."""
    flushed: list[int] = []
    whole = os.fdatasync

    def slowly(file: int) -> None:
        whole(file)
        time.sleep(seconds)
        flushed.append(threading.get_ident())

    monkeypatch.setattr(os, "fdatasync", slowly)
    return flushed


def _entry(number: int) -> Entry:
    return Entry({"x-amz-target": "t"}, f"body-{number}é", float(number))


def _journal(folder: Path, written: list[Entry]) -> Path:
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(entry.line() for entry in written))
    return path
