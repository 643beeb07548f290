"""Hooks in the rows of secrets, and what is still to run of them in the rows of their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Event, Moment, Refused, Run
from chalicelib.vault.state import SecretState

from .rows import StateRow

_PLAIN = {
    "id": "id",
    "name": "name",
    "script_id": "script",
    "description": "description",
    "arguments": "arguments",
    "machine": "machine",
    "port": "port",
    "pin": "pin",
    "account": "account",
    "stops": "stops",
    "failure_message": "failure",
    "order": "order",
    "is_active": "active",
}
"""What is stored as it is, by its name in the row."""


def hooks_json(hooks: Sequence[Hook]) -> list[dict[str, Any]] | None:
    return [_hook_json(one) for one in hooks] or None


def hooks_of(stored: Sequence[dict[str, Any]] | None) -> tuple[Hook, ...]:
    return tuple(_hook_of(one) for one in stored or ())


def put_runs(row: StateRow, state: SecretState) -> None:
    """Write what is still to run, and whom a hook refused last."""
    row.hook_item = state.hook_item or None
    row.runs = [_run_json(one) for one in state.runs] or None
    if state.refused:
        row.refused = [state.refused.user_id, state.refused.why, stamp(state.refused.at)]


def runs_of(row: StateRow) -> tuple[Run, ...]:
    return tuple(
        Run(Event(event), Moment(moment), user_id, tuple(hooks), minutes, tries)
        for event, moment, user_id, hooks, minutes, tries in row.runs or ()
    )


def refused_of(row: StateRow) -> Refused | None:
    if not row.refused:
        return None
    user_id, why, at = row.refused
    return Refused(user_id, why, parse_stamp(at))


def _run_json(one: Run) -> list[Any]:
    hooks = list(one.hooks)
    return [one.event.value, one.moment.value, one.user_id, hooks, one.minutes, one.tries]


def _hook_json(one: Hook) -> dict[str, Any]:
    said = {"event": one.event.value, "moment": one.moment.value}
    return said | {stored: getattr(one, name) for name, stored in _PLAIN.items()}


def _hook_of(said: dict[str, Any]) -> Hook:
    plain = {name: said[stored] for name, stored in _PLAIN.items()}
    return Hook(**plain, event=Event(said["event"]), moment=Moment(said["moment"]))
