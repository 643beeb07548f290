"""What a tick costs that finds nothing to do, in a small vault and in a large one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.aws.table import DataRow
from chalicelib.core.plain import Plain
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import first_state
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import Checkout
from chalicelib.vault.store import nouns, states
from tests.calls import AwsCall
from tests.canary import canary

from .budget import Measure, Measured, calls
from .cluster import UNIX_ACCOUNT, cluster, put

MANY = 2_000
"""Stored secrets of the large vault. Half of them are on site Local, all of them are watched."""

JOBS = (
    "CheckOutMonitor",
    "HeartbeatMonitor",
    "Local Heartbeat Trigger Job",
    "ExpiredSecretPasswordChangeTriggerJob",
    "Local Password Change Trigger Job",
)
SITE = 7


def idle(job: str) -> Measure:
    """The calls of a tick of that job among many secrets of which none is due."""

    def measure(_: Path) -> Measured:
        return calls(_idle()[MANY][job])

    return measure


def growth(job: str) -> Measure:
    """How many calls more a tick makes than in an empty vault."""

    def measure(_: Path) -> Measured:
        few, many = (len(_idle()[stored][job]) for stored in (0, MANY))
        return Measured(abs(many - few), f"{few} at 0 secrets, {many} at {MANY:,}")

    return measure


@cache
def _idle() -> Mapping[int, Mapping[str, Sequence[AwsCall]]]:
    with cluster() as ours:
        for job in JOBS:
            ours.tick(job)
        empty = {job: ours.tick(job) for job in JOBS}
        store(MANY)
        return {0: empty, MANY: {job: ours.tick(job) for job in JOBS}}


def store(number: int) -> None:
    """Put secrets into the table below the services, all with one's sealed values."""
    model = _model(wiring.clock()())
    put(row for id in range(1000, 1000 + number) for row in _rows(model, id))


def _model(now: datetime) -> Stored:
    """A secret checked hourly, changed when it expires, and checked out for an hour from now."""
    values = {"machine": Plain("host-1"), "username": Plain("app"), "password": Plain(canary())}
    sealed = {
        slug: wiring.secret_values().seal(1, slug, 1, value, now) for slug, value in values.items()
    }
    secret = Secret(
        id=1,
        name="many",
        template=BUILT_IN[UNIX_ACCOUNT],
        created_at=now,
        values=sealed,
        site_id=SITE,
    )
    later = now + timedelta(hours=1)
    held = Checkout("1", 1, "somebody", now, later)
    state = replace(
        first_state(secret, now), heartbeat_due_at=later, change_due_at=later, checkout=held
    )
    return Stored(secret, state)


def _rows(model: Stored, id: int) -> Iterator[Mapping[str, Any]]:
    site = SITE if id % 2 else 1
    secret = replace(model.secret, id=id, site_id=site)
    state = replace(model.state, secret_id=id, site_id=site)
    rows: tuple[DataRow, ...] = (nouns.row_of(secret), states.state_row(state))
    for row in rows:
        row.version = 1  # type: ignore[attr-defined]
        yield row.serialize()
