"""The jobs that clean away what is over."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick

from .cleaning import CACHE, DATABASE, ENGINE_LOG


def clean_database(tick: Tick) -> Tally:
    """DatabaseCleanupTriggerJob: runs of jobs, bulk operations, past changes, sessions; files."""
    tally = wiring.cleaning().clean(tick, DATABASE)
    if tally.cursor:
        return tally
    return tally + wiring.attachments().remove_unused(tick.now, tick.deadline)


def truncate_cache(tick: Tick) -> Tally:
    """TruncateDatabaseCacheTriggerJob: counts of attempts, nonces, marks of dead letters."""
    return wiring.cleaning().clean(tick, CACHE)


def truncate_engine_log(tick: Tick) -> Tally:
    """TruncateEngineLogTriggerJob: work items that are over."""
    return wiring.cleaning().clean(tick, ENGINE_LOG)
