"""The only place that chooses real adapters: one cached factory per service (DESIGN 10).

Imports live inside the factories, so a process loads only what it uses.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.core.clock import Clock, utc_now
from chalicelib.core.ids import Ids, fresh_id

if TYPE_CHECKING:
    from chalicelib.aws.bus import Bus
    from chalicelib.aws.commit import Committer
    from chalicelib.aws.counters import Counter
    from chalicelib.aws.keyring import Keyring
    from chalicelib.cluster.service import GateService
    from chalicelib.settings.service import SettingsService
    from chalicelib.jobs.service import JobService


def clock() -> Clock:
    return utc_now


def ids() -> Ids:
    return fresh_id


@cache
def keyring() -> Keyring:
    from chalicelib.aws.keyring import Keyring

    return Keyring(clock())


@cache
def bus() -> Bus:
    from chalicelib.aws.bus import Bus

    return Bus()


@cache
def committer() -> Committer:
    from chalicelib.aws.commit import Committer

    return Committer(keyring(), bus(), clock(), ids())


@cache
def counter() -> Counter:
    from chalicelib.aws.counters import Counter

    return Counter()


@cache
def gate() -> GateService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import GateService
    from chalicelib.cluster.store import Gates

    return GateService(Gates(), node_name())


@cache
def jobs() -> JobService:
    from chalicelib.aws.connection import node_name
    from chalicelib.jobs.service import JobService
    from chalicelib.jobs.store import JobStore

    store = JobStore(committer())
    return JobService(store, committer(), bus(), ids(), clock(), node_name())


@cache
def settings() -> SettingsService:
    from chalicelib.settings.service import SettingsService
    from chalicelib.settings.store import SettingsTable

    return SettingsService(SettingsTable(), committer(), gate().bump, clock())


def reset() -> None:
    """Forget every adapter and service made so far: for tests."""
    for thing in vars(sys.modules[__name__]).values():
        clear: Any = getattr(thing, "cache_clear", None)
        if clear is not None:
            clear()
