"""The rows of rotations and wishes in the data table. Of rotations the newest is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Put, Write
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, fetch
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.keys.rotation import Counts, Pass, Rotation, Stage
from chalicelib.keys.wishes import Wishes

PARTITION = "key-rotation"
NEWEST = (PARTITION, "newest")
CANCEL = (PARTITION, "cancel")
WISHES = (PARTITION, "wishes")


class RotationRow(DataRow, discriminator="key-rotation"):
    version = VersionAttribute()
    id = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    asked_by = NumberAttribute()
    stage = UnicodeAttribute()
    primary = NumberAttribute(default=0)
    made_at = UnicodeAttribute(null=True)
    changed_at = UnicodeAttribute(null=True)
    current = JSONAttribute(null=True)
    total = JSONAttribute()
    resealed = NumberAttribute(default=0)
    not_before = UnicodeAttribute(null=True)
    lease_until = UnicodeAttribute(null=True)
    touched_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    message = UnicodeAttribute(null=True)
    unopened = ListAttribute(of=UnicodeAttribute)


class CancelRow(DataRow, discriminator="key-rotation-cancel"):
    """Says that the rotation of that id shall end."""

    id = UnicodeAttribute()


class WishesRow(DataRow, discriminator="key-wishes"):
    version = VersionAttribute()
    escrow = BinaryAttribute(legacy_encoding=False, null=True)
    escrow_by = NumberAttribute(default=0)
    rewrap_at = UnicodeAttribute(null=True)
    rewrap_by = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class RotationTable:
    def newest(self) -> Rotation | None:
        row = fetch(RotationRow, *NEWEST)
        return _rotation(row) if row else None

    def put(self, rotation: Rotation) -> Write:
        return Put(_row(rotation))

    def save(self, rotation: Rotation) -> Rotation:
        row = _row(rotation)
        with known_faults("keeping a rotation's progress"):
            row.save()
        return _rotation(row)

    def cancel(self, id: str) -> Write:
        return Put(CancelRow(*CANCEL, id=id))

    def is_cancelled(self, id: str) -> bool:
        row = fetch(CancelRow, *CANCEL)
        return row is not None and row.id == id


@dataclass(frozen=True, slots=True)
class WishTable:
    def wishes(self) -> Wishes:
        row = fetch(WishesRow, *WISHES)
        if row is None:
            return Wishes()
        return Wishes(
            escrow=bytes(row.escrow or b""),
            escrow_by=int(row.escrow_by),
            rewrap_at=_moment(row.rewrap_at),
            rewrap_by=int(row.rewrap_by),
            version=int(row.version),
        )

    def put(self, wishes: Wishes) -> Write:
        row = WishesRow(
            *WISHES,
            escrow=wishes.escrow or None,
            escrow_by=wishes.escrow_by,
            rewrap_at=_text(wishes.rewrap_at),
            rewrap_by=wishes.rewrap_by,
        )
        if wishes.version:
            row.version = wishes.version
        return Put(row)


def _row(rotation: Rotation) -> RotationRow:
    row = RotationRow(
        *NEWEST,
        id=rotation.id,
        asked_at=stamp(rotation.asked_at),
        asked_by=rotation.asked_by,
        stage=rotation.stage.value,
        primary=rotation.primary,
        made_at=_text(rotation.made_at),
        changed_at=_text(rotation.changed_at),
        current=rotation.current and _pass_json(rotation.current),
        total=asdict(rotation.total),
        resealed=rotation.resealed,
        not_before=_text(rotation.not_before),
        lease_until=_text(rotation.lease_until),
        touched_at=_text(rotation.touched_at),
        finished_at=_text(rotation.finished_at),
        message=rotation.message or None,
        unopened=list(rotation.unopened),
    )
    if rotation.version:
        row.version = rotation.version
    return row


def _rotation(row: RotationRow) -> Rotation:
    return Rotation(
        id=row.id,
        asked_at=parse_stamp(row.asked_at),
        asked_by=int(row.asked_by),
        stage=Stage(row.stage),
        primary=int(row.primary),
        made_at=_moment(row.made_at),
        changed_at=_moment(row.changed_at),
        current=_pass(row.current) if row.current else None,
        total=Counts(**row.total),
        resealed=int(row.resealed),
        not_before=_moment(row.not_before),
        lease_until=_moment(row.lease_until),
        touched_at=_moment(row.touched_at),
        finished_at=_moment(row.finished_at),
        message=row.message or "",
        unopened=tuple(map(str, row.unopened)),
        version=int(row.version),
    )


def _pass_json(one: Pass) -> dict[str, object]:
    return {
        "number": one.number,
        "began_at": stamp(one.began_at),
        "cursor": one.cursor,
        "counts": asdict(one.counts),
    }


def _pass(held: dict[str, object]) -> Pass:
    counts: dict[str, int] = held["counts"]  # type: ignore[assignment]
    return Pass(
        int(str(held["number"])),
        parse_stamp(str(held["began_at"])),
        str(held["cursor"]),
        Counts(**counts),
    )


def _text(at: datetime | None) -> str | None:
    return stamp(at) if at else None


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None
