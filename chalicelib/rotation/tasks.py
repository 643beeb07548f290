"""Jobs and messages of rotation: each calls one use case."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import MaintenanceMode, Stale
from chalicelib.core.messages import Message
from chalicelib.core.tick import Tally, Tick
from chalicelib.vault.state import Where


def offer_due_heartbeats(tick: Tick) -> Tally:
    """HeartbeatMonitor."""
    return wiring.rotation().offering.heartbeats(Where.ENGINE, tick.now)


def offer_due_local_heartbeats(tick: Tick) -> Tally:
    """Local Heartbeat Trigger Job."""
    return wiring.rotation().offering.heartbeats(Where.LOCAL, tick.now)


def offer_due_changes(tick: Tick) -> Tally:
    """ExpiredSecretPasswordChangeTriggerJob."""
    return wiring.rotation().offering.changes(Where.ENGINE, tick.now)


def offer_due_local_changes(tick: Tick) -> Tally:
    """Local Password Change Trigger Job."""
    return wiring.rotation().offering.changes(Where.LOCAL, tick.now)


def sweep_expired(tick: Tick) -> Tally:
    """Part of PrimaryNodeTaskMonitor: items that nobody took or answered."""
    return wiring.rotation().sweeping.sweep(tick.now, after=tick.cursor)


def run_local(message: Message) -> None:
    """A work item of site Local. In maintenance mode a change is left, to be offered again."""
    try:
        wiring.local_worker().run(str(message.body["item"]))
    except MaintenanceMode as error:
        raise Stale("this node is in maintenance mode") from error


def record_answer(message: Message) -> None:
    """What an engine says came of its work."""
    said = message.body
    with wiring.engine_rows(said.get("engine"), said.get("item"), said.get("secret")):
        wiring.engine_work().answer(said, wiring.clock()())
