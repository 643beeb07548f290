"""One secret as a file has it, and what files may be. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.core.errors import Invalid, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.vault.folder import split_path

MOST_BYTES = 4 * 1024 * 1024
"""Of a file: what a request carries."""

MOST_RECORDS = 10_000
MOST_EXPANDED = 32 * 1024 * 1024
"""Of what a compressed file holds, in bytes; and at most so many times its own size:"""
MOST_RATIO = 100
SMALL = 1024 * 1024
"""Up to so many bytes the ratio does not matter."""

MOST_FAULT = 200


class Format(StrEnum):
    CSV = "csv"
    XML = "xml"
    KDBX = "kdbx"
    BITWARDEN = "bitwarden"


@dataclass(frozen=True, slots=True)
class Record:
    """values:   by the name that the file gives each
    template: by name; "" where the file names none
    folder:   names from a root folder down
    fault:    why the file's record cannot be read; its other values do not count then
    """

    name: str
    values: tuple[tuple[str, Plain], ...] = field(default=(), repr=False)
    template: str = ""
    folder: tuple[str, ...] = ()
    fault: str = ""


def folder_of(path: str) -> tuple[str, ...]:
    r"""`\A\B`, `A/B` as names."""
    return tuple(split_path(path))


def demand_file(content: bytes) -> None:
    """Raise Invalid for an empty file, TooLarge for one that is too large."""
    if not content:
        raise Invalid("The file is empty.")
    if len(content) > MOST_BYTES:
        raise TooLarge(
            f"A file to import has at most {MOST_BYTES // 1024**2} MB: import it in parts."
        )


def demand_few(records: Sequence[object]) -> None:
    """Raise TooLarge for more records than one import takes."""
    if len(records) > MOST_RECORDS:
        raise TooLarge(f"At most {MOST_RECORDS:,} secrets are imported at once.")


def most_expanded(compressed: int) -> int:
    """How many bytes so many compressed ones may come to."""
    return min(MOST_EXPANDED, max(SMALL, compressed * MOST_RATIO))
