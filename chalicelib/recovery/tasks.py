"""The job of backups, where a cluster may be a replica."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick


def back_up_or_follow(tick: Tick) -> Tally:
    """BackupMonitor: take a backup; or, on a replica, take over the source's."""
    service = wiring.recovery()
    return service.run(tick) if service.is_replica() else wiring.backups().run(tick)
