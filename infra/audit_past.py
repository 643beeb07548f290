"""What the trail itself tells of its past: restores, whom its cluster followed, promotions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.audit import digest as rules
from chalicelib.core.clock import parse_stamp
from infra.audit_chain import LEFT, Fault

MISSING = "it is missing"
RESTORE = ("RESTORE", "Backup")
STANDBY, PROMOTE, REPLICATE = (
    (action, "Replication") for action in ("STANDBY", "PROMOTE", "REPLICATE")
)
BUCKET = re.compile(r" by its bucket ([a-z0-9.-]+);")
CLUSTER = re.compile(r", of cluster (\S+)$")


@dataclass(frozen=True, slots=True)
class Restored:
    """That the tables were put back: when, and from which backup, named by when it began.

    failed_back: not by a restore: from a cluster that had gone on from that backup
    """

    backup: str
    at: datetime
    failed_back: bool = False

    def explains(self, fault: Fault) -> bool:
        """Whether what is not there was written between the backup and its restore.

        A fail-back brings no digests at all: each cluster has its own.
        """
        written, begun = moment(fault.place[0]), sooner(self.backup)
        begun = "" if self.failed_back and fault.what == LEFT else begun
        restored = self.at.strftime("%Y%m%dT%H%M%S")
        return fault.what in (MISSING, LEFT) and begun <= written <= restored


@dataclass(frozen=True, slots=True)
class Event:
    """A line about a backup: of another cluster, of its own before a promotion."""

    at: datetime
    backup: str
    detail: str


@dataclass
class Past:
    """`bucket`: of this cluster, since lines of the other one come along with a fail-back."""

    bucket: str
    restores: list[Restored] = field(default_factory=list)
    _events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)

    def note(self, item: Mapping[str, Any]) -> None:
        """Take note of a genuine line."""
        kind = (item["action"]["S"], item["item_kind"]["S"])
        at, backup = parse_stamp(item["at"]["S"]), item["item"]["S"]
        if kind == RESTORE:
            self.restores.append(Restored(backup, at))
        elif kind in (STANDBY, PROMOTE, REPLICATE):
            detail = item.get("detail", {}).get("S", "")
            self._events.setdefault(kind, []).append(Event(at, backup, detail))

    def explaining(self) -> list[Restored]:
        """Restores and fail-backs, oldest first."""
        return sorted([*self.restores, *self._fail_backs()], key=lambda one: one.at)

    def followed(self, bucket: str) -> list[Event]:
        """When this cluster began to follow the one with that bucket, oldest first."""
        return [one for one in self._standbys() if BUCKET.findall(one.detail) == [bucket]]

    def taken(self, bucket: str, cluster: str) -> Event | None:
        """The newest backup of that cluster that was taken over, and when."""
        took = [one for one in self._all(REPLICATE) if CLUSTER.findall(one.detail) == [cluster]]
        return max([*self.followed(bucket), *took], key=lambda one: one.backup, default=None)

    def promoted_at(self) -> datetime | None:
        """When this cluster, or the one that it followed, was promoted last."""
        return max((one.at for one in self._all(PROMOTE)), default=None)

    def _fail_backs(self) -> Iterator[Restored]:
        """The first time that this cluster followed another one since that was promoted.

        What was promoted had gone on from the backup that its line names.
        """
        before = None
        for standby in self._standbys():
            promoted = [one for one in self._all(PROMOTE) if one.at < standby.at]
            if promoted and promoted[-1] is not before:
                before = promoted[-1]
                yield Restored(before.backup, standby.at, failed_back=True)

    def _standbys(self) -> list[Event]:
        return [
            one
            for one in self._all(STANDBY)
            if (named := BUCKET.findall(one.detail)) and named != [self.bucket]
        ]

    def _all(self, kind: tuple[str, str]) -> list[Event]:
        return sorted(self._events.get(kind, []), key=lambda one: one.at)


def moment(stamp: str) -> str:
    """The second of a stamp, as backups are named."""
    return stamp[:19].replace("-", "").replace(":", "")


def sooner(backup: str) -> str:
    """When a backup began less the time for which a row may be late; "" for what is none."""
    try:
        begun = datetime.strptime(backup[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - only its text matters
    except ValueError:
        return "~"
    return (begun - rules.SLACK).strftime("%Y%m%dT%H%M%S")
