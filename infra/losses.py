"""What a cluster has that a backup of another one has not: what failing back costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib import wiring
from chalicelib.backup.manifest import Manifest
from chalicelib.backup.rows import Item
from chalicelib.recovery.replica import Replication, kind_of
from chalicelib.recovery.store import Copies

NAMES = {"secret": "secrets", "password-change": "password changes under way", "user": "users"}


@dataclass(frozen=True, slots=True)
class Losses:
    """By kind of row: how many differ from the backup's, and how many the backup has not."""

    altered: Mapping[str, int]
    unknown: Mapping[str, int]

    def told(self, cluster: str, *, done_already: bool) -> str:
        """For the operator's terminal."""
        verb = "lost" if done_already else "would lose"
        altered, unknown = _told(self.altered), _told(self.unknown)
        return (
            f"{cluster} {verb}: rows that differ: {altered}; rows that only it has: {unknown}. "
            "A password that it changed since the other took over may be in force on its target"
        )


def losses(bucket: str, manifest: Manifest) -> Losses:
    """Compare the cluster's tables with the backup; nothing is written."""
    service = replace(wiring.recovery(), copies=Copies(dry=True))
    one = Replication(bucket=bucket)
    altered: list[Item] = []
    for part in manifest.parts:
        altered += service.take_part(one, manifest, part)
    return Losses(_kinds(altered), _kinds(service.remove_what_is_gone(one, manifest)))


def _kinds(rows: Iterable[Item]) -> Mapping[str, int]:
    return dict(Counter(map(kind_of, rows)))


def _told(kinds: Mapping[str, int]) -> str:
    shown = [f"{kinds[kind]} {NAMES.get(kind, kind)}" for kind in sorted(kinds)]
    return ", ".join(shown) or "none"
