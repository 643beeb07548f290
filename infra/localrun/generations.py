"""Whole states of the emulator in numbered directories; `current` names the one that counts."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Generation:
    """A directory with a whole state, the journal of what came after, and a mark to find in it."""

    number: int
    folder: Path
    mark: str

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def rows_size(self) -> int:
        """How many bytes the saved tables take, 0 when there are none."""
        saved = self.folder / "dynamodb.json"
        return saved.stat().st_size if saved.exists() else 0


class Generations:
    """State and journal change together: by one atomic rename of `current`, never by truncation.

    A crash at any moment leaves either the old state with the whole of its journal or the new
    state with an empty one, so no write is lost and none is applied twice.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def current(self) -> Generation | None:
        pointer = self.root / "current"
        if not pointer.exists():
            return None
        value = json.loads(pointer.read_text())
        return self._generation(value["number"], value["mark"])

    def begin(self, mark: str, inherit: bool = False) -> Generation:
        """A directory that does not count yet: empty, or with the states of the one that does.

        What is inherited is linked, not copied: states are replaced whole, never written into.
        """
        before = self.current()
        begun = self._generation(before.number + 1 if before else 1, mark)
        shutil.rmtree(begun.folder, ignore_errors=True)
        begun.folder.mkdir(mode=0o700)
        for path in before.folder.glob("*.json") if before and inherit else ():
            (begun.folder / path.name).hardlink_to(path)
        return begun

    def commit(self, generation: Generation) -> None:
        """From now on this one counts, and all of it is on the disk."""
        for path in generation.folder.iterdir():
            if path.stat().st_nlink == 1:  # what is inherited was flushed before
                flush(path)
        flush(generation.folder)
        content = json.dumps({"number": generation.number, "mark": generation.mark})
        write_whole(self.root / "current", content)
        self._remove_others(generation)

    def _generation(self, number: int, mark: str) -> Generation:
        return Generation(number, self.root / f"state-{number}", mark)

    def _remove_others(self, kept: Generation) -> None:
        for folder in self.root.glob("state-*"):
            if folder != kept.folder:
                shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, content: str) -> None:
    """Replace a small file at once, readable by its owner only, and see it on the disk."""
    scratch = path.with_name(path.name + ".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Return once the file, or a directory's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
