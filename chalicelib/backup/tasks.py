"""The job of backups."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick


def back_up_when_due(tick: Tick) -> Tally:
    """BackupMonitor: take the backup that is due, or asked for, in slices."""
    return wiring.backups().run(tick)
