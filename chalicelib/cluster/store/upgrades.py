"""The rows of the upgrade: how it stands, and how far its migrations are; each has its writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Put
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, read, typed
from chalicelib.cluster.gate import Code, Wanted
from chalicelib.cluster.migration import Progress
from chalicelib.cluster.upgrade import Mark, Status, Step, Upgrade
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import Conflict, Stale

from .gate import boxes_of, letters_of

UPGRADE = ("upgrade", "upgrade")
PROGRESS = ("upgrade", "progress")


class UpgradeRow(DataRow, discriminator="upgrade"):
    """The one upgrade in progress, or the last one. `turn` counts its changes."""

    id = UnicodeAttribute()
    source: Any = JSONAttribute()
    target: Any = JSONAttribute()
    first = UnicodeAttribute()
    before: Any = JSONAttribute()
    begun_by = NumberAttribute()
    begun_at = UnicodeAttribute()
    step = UnicodeAttribute()
    status = UnicodeAttribute()
    marks: Any = JSONAttribute()
    advanced_at = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    backup = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    turn = NumberAttribute()


class ProgressRow(DataRow, discriminator="upgrade-progress"):
    """Written by the worker that holds the newest fence."""

    upgrade = UnicodeAttribute()
    fence = NumberAttribute()
    lease_until = UnicodeAttribute(null=True)
    facts: Any = JSONAttribute()


_FACTS = ("place", "cursor", "seen", "of", "changed", "passes", "left", "failures", "error")


class Upgrades:
    """Reads and writes the upgrade."""

    def both(self) -> tuple[Upgrade | None, Progress]:
        """The upgrade, if there ever was one, and its progress. One BatchGetItem."""
        rows = read([UPGRADE, PROGRESS])
        row, progress = typed(rows, UpgradeRow, UPGRADE), typed(rows, ProgressRow, PROGRESS)
        upgrade = _upgrade(row) if row else None
        mine = progress is not None and upgrade is not None and progress.upgrade == upgrade.id
        return upgrade, _progress(progress) if progress and mine else _none(upgrade)

    def put(self, upgrade: Upgrade) -> Put:
        """Write the upgrade over the turn that it is based on; fails when that has passed."""
        same = UpgradeRow.turn == upgrade.turn if upgrade.turn else UpgradeRow.pk.does_not_exist()
        return Put(_upgrade_row(upgrade), same)

    def claim(self, progress: Progress) -> None:
        """Take the work on. Raises Conflict when somebody else did."""
        before = ProgressRow.fence == progress.fence - 1
        fresh = ProgressRow.pk.does_not_exist() | (ProgressRow.upgrade != progress.upgrade)
        mine = (ProgressRow.upgrade == progress.upgrade) & before
        with known_faults("claiming the migration"):
            _progress_row(progress).save(fresh if progress.fence == 1 else mine)

    def save(self, progress: Progress) -> None:
        """Keep how far it is. Raises Stale when somebody else has taken it over."""
        mine = (ProgressRow.upgrade == progress.upgrade) & (ProgressRow.fence == progress.fence)
        try:
            with known_faults("keeping the migration's progress"):
                _progress_row(progress).save(mine)
        except Conflict as error:
            raise Stale from error


def _none(upgrade: Upgrade | None) -> Progress:
    return Progress(upgrade.id if upgrade else "")


def _upgrade_row(upgrade: Upgrade) -> UpgradeRow:
    return UpgradeRow(
        *UPGRADE,
        id=upgrade.id,
        source=asdict(upgrade.source),
        target=asdict(upgrade.target),
        first=upgrade.first,
        before={name: letters_of(wanted) for name, wanted in upgrade.before.items()},
        begun_by=upgrade.begun_by,
        begun_at=stamp(upgrade.begun_at),
        step=str(upgrade.step),
        status=str(upgrade.status),
        marks={str(step): _mark_json(mark) for step, mark in upgrade.marks.items()},
        advanced_at=stamp(upgrade.advanced_at) if upgrade.advanced_at else None,
        asked_at=stamp(upgrade.asked_at) if upgrade.asked_at else None,
        told_at=stamp(upgrade.told_at) if upgrade.told_at else None,
        backup=upgrade.backup or None,
        error=upgrade.error or None,
        turn=upgrade.turn + 1,
    )


def _upgrade(row: UpgradeRow) -> Upgrade:
    return Upgrade(
        id=row.id,
        source=_code(row.source),
        target=_code(row.target),
        first=row.first,
        before=_boxes(row.before),
        begun_by=int(row.begun_by),
        begun_at=parse_stamp(row.begun_at),
        step=Step(row.step),
        status=Status(row.status),
        marks={Step(step): _mark(mark) for step, mark in row.marks.items()},
        advanced_at=parse_stamp(row.advanced_at) if row.advanced_at else None,
        asked_at=parse_stamp(row.asked_at) if row.asked_at else None,
        told_at=parse_stamp(row.told_at) if row.told_at else None,
        backup=row.backup or "",
        error=row.error or "",
        turn=int(row.turn),
    )


def _progress_row(progress: Progress) -> ProgressRow:
    return ProgressRow(
        *PROGRESS,
        upgrade=progress.upgrade,
        fence=progress.fence,
        lease_until=stamp(progress.lease_until) if progress.lease_until else None,
        facts={name: getattr(progress, name) for name in _FACTS},
    )


def _progress(row: ProgressRow) -> Progress:
    lease = parse_stamp(row.lease_until) if row.lease_until else None
    return Progress(row.upgrade, fence=int(row.fence), lease_until=lease, **row.facts)


def _code(stored: Mapping[str, Any]) -> Code:
    return Code(str(stored["version"]), int(stored["schema"]))


def _boxes(stored: Mapping[str, str]) -> dict[str, Wanted]:
    return {name: boxes_of(letters) for name, letters in stored.items()}


def _mark_json(mark: Mark) -> list[str]:
    return [stamp(one) for one in (mark.started_at, mark.finished_at) if one]


def _mark(stored: list[str]) -> Mark:
    return Mark(*map(parse_stamp, stored))
