"""A row that was written outside the writing region, and what became of it: pure rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .gate import Gate


class Standing(StrEnum):
    """What a row holds that another region wrote as well, or instead."""

    STANDS = "stands"
    OVERWRITTEN = "overwritten"
    GONE = "gone"


TEXT: Mapping[Standing, str] = {
    Standing.STANDS: "what was written there stands; what the writing region wrote is lost",
    Standing.OVERWRITTEN: "the writing region has written it since; what was written there is lost",
    Standing.GONE: "the row is not there any more",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row that a region wrote which was not the writing region.

    id:   unique, and sorts by when it was written
    item: the row's keys, as text
    at:   when it was written there
    """

    id: str
    kind: str
    item: str
    region: str
    at: datetime
    found_at: datetime
    standing: Standing

    @property
    def text(self) -> str:
        """For people."""
        when = f"{self.at:%Y-%m-%d %H:%M:%S} UTC"
        return f"written in {self.region} at {when}, outside the writing region: {self.told}"

    @property
    def told(self) -> str:
        return TEXT[self.standing]


def standing(there: tuple[str, str] | None, region: str) -> Standing:
    """What became of a row that a region wrote, by its kind and last writer now."""
    if there is None:
        return Standing.GONE
    return Standing.STANDS if there[1] == region else Standing.OVERWRITTEN


def others(gate: Gate, handed_over: Collection[str]) -> list[str]:
    """The regions that must not write now: where nodes are, and where the writing region was."""
    return sorted({*gate.regions.values(), *handed_over} - {gate.writing, ""})
