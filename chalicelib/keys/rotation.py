"""The rules of a rotation of the data keys: its stages, its passes, and when nothing is left.

A rotation makes a new primary data key, then reads all rows that hold sealed values, pass after
pass, and seals anew what another key has sealed. Processes keep the keys for some minutes, and a
change that read a row before it was sealed anew may put the old blob back: so the last pass must
begin after all of that has had time to end, and must find nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_WRITE = timedelta(seconds=90)
"""From a worker's reading a row to its writing it: 60 s, and 30 s that clocks may differ."""

SETTLED = timedelta(minutes=5) + LONGEST_WRITE
"""How long after a new primary key a process may still seal with the old one."""

LEASE_SLACK = timedelta(seconds=10)
MOST_TOLD = 10


class Stage(StrEnum):
    REQUESTED = "requested"
    RESEALING = "resealing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = (Stage.DONE, Stage.FAILED, Stage.CANCELLED)
COUNTING = 0
"""The number of the pass that only counts, for progress."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a pass met: secrets, rows with sealed values, values sealed anew, and left alone."""

    secrets: int = 0
    rows: int = 0
    resealed: int = 0
    failed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.secrets + other.secrets,
            self.rows + other.rows,
            self.resealed + other.resealed,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of all rows; `cursor` is where it goes on, "" at its beginning."""

    number: int
    began_at: datetime
    cursor: str = ""
    counts: Counts = Counts()


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation as its row has it.

    primary:     the new data key's id, 0 until it is made
    changed_at:  when something was last sealed anew
    not_before:  the next slice waits for that
    lease_until: until when the slice under way is its worker's
    touched_at:  when a slice last ended
    total:       what the counting pass met; resealed: values, over all passes
    unopened:    keys of rows with a value that does not open, the first few
    version:     of the stored row, 0 for none; whoever writes counts it up, so it is the fence
    """

    id: str
    asked_at: datetime
    asked_by: int
    stage: Stage = Stage.REQUESTED
    primary: int = 0
    made_at: datetime | None = None
    changed_at: datetime | None = None
    current: Pass | None = None
    total: Counts = Counts()
    resealed: int = 0
    not_before: datetime | None = None
    lease_until: datetime | None = None
    touched_at: datetime | None = None
    finished_at: datetime | None = None
    message: str = ""
    unopened: tuple[str, ...] = ()
    version: int = 0

    @property
    def is_over(self) -> bool:
        return self.stage in OVER

    def is_leased(self, now: datetime) -> bool:
        return self.lease_until is not None and now < self.lease_until

    def waits(self, now: datetime) -> timedelta:
        """How long from now until the next slice may begin."""
        return max((self.not_before or now) - now, timedelta(0))


@dataclass(frozen=True, slots=True)
class Page:
    """What reading some rows did. `cursor` is "" when the pass has met them all."""

    counts: Counts
    cursor: str
    unopened: Sequence[str] = ()


def claimed(rotation: Rotation, until: datetime) -> Rotation:
    return replace(rotation, lease_until=until, message="")


def released(rotation: Rotation, now: datetime, message: str = "") -> Rotation:
    """The slice is over: whoever brings the next message goes on."""
    told = message or rotation.message
    return replace(rotation, lease_until=None, touched_at=now, message=told)


def begun(rotation: Rotation, primary: int, now: datetime) -> Rotation:
    """The new key is made: rows are counted, then sealed anew."""
    return replace(
        rotation,
        stage=Stage.RESEALING,
        primary=primary,
        made_at=now,
        changed_at=now,
        current=Pass(COUNTING, now),
    )


def paged(rotation: Rotation, page: Page, now: datetime) -> Rotation:
    """The rotation after some rows more; at the end of a pass, with the next one or over."""
    current = rotation.current
    assert current is not None  # noqa: S101
    after = replace(
        rotation,
        current=replace(current, cursor=page.cursor, counts=current.counts + page.counts),
        resealed=rotation.resealed + page.counts.resealed,
        changed_at=now if page.counts.resealed else rotation.changed_at,
        unopened=tuple(dict.fromkeys((*rotation.unopened, *page.unopened)))[:MOST_TOLD],
    )
    return after if page.cursor else _pass_ended(after, now)


def ended(rotation: Rotation, stage: Stage, now: datetime, message: str = "") -> Rotation:
    return replace(
        rotation, stage=stage, finished_at=now, lease_until=None, not_before=None, message=message
    )


def settles_at(rotation: Rotation) -> datetime:
    """From when on no process seals with an old key, nor puts back what it read before."""
    assert rotation.made_at is not None  # noqa: S101
    assert rotation.changed_at is not None  # noqa: S101
    return max(rotation.made_at + SETTLED, rotation.changed_at + LONGEST_WRITE)


def _pass_ended(rotation: Rotation, now: datetime) -> Rotation:
    current = rotation.current
    assert current is not None  # noqa: S101
    if current.number == COUNTING:
        total = replace(current.counts, resealed=0, failed=0)
        return replace(rotation, total=total, current=Pass(1, now))
    if current.counts.resealed == 0 and current.began_at >= settles_at(rotation):
        return _over(rotation, now)
    begins = max(settles_at(rotation), now)
    following = Pass(current.number + 1, begins)
    return replace(rotation, current=following, not_before=begins, unopened=())


def _over(rotation: Rotation, now: datetime) -> Rotation:
    assert rotation.current is not None  # noqa: S101
    failed = rotation.current.counts.failed
    if not failed:
        return ended(rotation, Stage.DONE, now)
    told = ", ".join(rotation.unopened)
    message = f"{failed} values do not open with the cluster's keys and were left as they are: "
    return ended(rotation, Stage.FAILED, now, message + told)
