"""Rows of states to nouns and back."""

from __future__ import annotations

from dataclasses import astuple

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.compliance import Judgement
from chalicelib.vault.state import (
    AfterCheckIn,
    ChangeResult,
    Checkout,
    Due,
    HeartbeatStatus,
    SecretState,
)
from chalicelib.vault.window import Guard, Window

from .hooks import put_runs, refused_of, runs_of
from .nouns import based_on, moment, text
from .rows import StateRow, checkouts, due_partition, state_key
from .warning import place_of, put_warning, warned_of

DUE_SHARDS = 1


def state_of(row: StateRow) -> SecretState:
    return SecretState(
        secret_id=int(row.id),
        site_id=int(row.site_id),
        is_active=row.active,
        heartbeat=HeartbeatStatus(row.heartbeat),
        heartbeat_checked_at=moment(row.heartbeat_checked_at),
        heartbeat_detail=row.heartbeat_detail or "",
        heartbeat_due_at=moment(row.heartbeat_due_at),
        heartbeat_item=row.heartbeat_item or "",
        misses=int(row.misses),
        change=ChangeResult(row.change),
        change_attempted_at=moment(row.change_attempted_at),
        change_failures=int(row.change_failures),
        change_detail=row.change_detail or "",
        change_due_at=moment(row.change_due_at),
        change_item=row.change_item or "",
        is_out_of_sync=row.out_of_sync,
        out_of_sync_reason=row.out_of_sync_reason or "",
        expires_at=moment(row.expires_at),
        warned=warned_of(row),
        checkout=_checkout_of(row),
        runs=runs_of(row),
        hook_item=row.hook_item or "",
        refused=refused_of(row),
        windows=_windows_of(row),
        after_check_in=AfterCheckIn(row.after_check_in or ""),
        judged={key: Judgement(*facts) for key, facts in (row.judged or {}).items()},
        version=int(row.version),
    )


def state_row(state: SecretState) -> StateRow:
    row = StateRow(
        *state_key(state.secret_id),
        id=state.secret_id,
        site_id=state.site_id,
        active=state.is_active,
        heartbeat=state.heartbeat.value,
        heartbeat_checked_at=text(state.heartbeat_checked_at),
        heartbeat_detail=state.heartbeat_detail or None,
        heartbeat_due_at=text(state.heartbeat_due_at),
        heartbeat_item=state.heartbeat_item or None,
        misses=state.misses,
        change=state.change.value,
        change_attempted_at=text(state.change_attempted_at),
        change_failures=state.change_failures,
        change_detail=state.change_detail or None,
        change_due_at=text(state.change_due_at),
        change_item=state.change_item or None,
        out_of_sync=state.is_out_of_sync,
        out_of_sync_reason=state.out_of_sync_reason or None,
        expires_at=text(state.expires_at),
        after_check_in=state.after_check_in.value or None,
        judged={key: list(astuple(one)) for key, one in state.judged.items()} or None,
    )
    row.i1pk, row.i1sk = _due_keys(state, Due.HEARTBEAT)
    row.i2pk, row.i2sk = _due_keys(state, Due.CHANGE)
    put_warning(row, state, state.secret_id % DUE_SHARDS)
    put_runs(row, state)
    if state.windows:
        row.windows = {one.id: _window_map(one) for one in state.windows}
    if state.checkout:
        _put_checkout(row, state.checkout)
    return based_on(row, state.version)


def warning_of(row: StateRow) -> tuple[str, str] | None:
    """Where index2 is to find the next warning of a row; None when there is none to come."""
    state = state_of(row)
    return place_of(state, state.secret_id % DUE_SHARDS)


def _checkout_of(row: StateRow) -> Checkout | None:
    if not row.checkout_id:
        return None
    return Checkout(
        row.checkout_id,
        int(row.checkout_user),
        row.checkout_name,
        parse_stamp(row.checkout_since),
        parse_stamp(row.checkout_until),
        bool(row.checkout_pending),
    )


def _put_checkout(row: StateRow, known: Checkout) -> None:
    """Write a checkout into the state's row, and its end into the index."""
    row.checkout_id, row.checkout_user, row.checkout_name = known.id, known.user_id, known.name
    row.checkout_since, row.checkout_until = stamp(known.since), stamp(known.until)
    row.checkout_pending = known.is_pending or None
    row.i3pk = checkouts(int(row.id) % DUE_SHARDS)
    row.i3sk = f"{stamp(known.until)}#{int(row.id)}"


def _windows_of(row: StateRow) -> tuple[Window, ...]:
    known = row.windows.as_dict() if row.windows else {}  # type: ignore[no-untyped-call]
    return tuple(
        Window(
            id,
            Guard(one["guard"]),
            int(one["user"]),
            parse_stamp(one["since"]),
            parse_stamp(one["until"]),
            one["told"],
        )
        for id, one in sorted(known.items())
    )


def _window_map(one: Window) -> dict[str, str]:
    return {
        "guard": one.guard.value,
        "user": str(one.user_id),
        "since": stamp(one.since),
        "until": stamp(one.until),
        "told": one.told,
    }


def _due_keys(state: SecretState, due: Due) -> tuple[str | None, str | None]:
    """The state's place in a due index; none when nothing of that kind is due."""
    at = state.due_at(due)
    if at is None:
        return None, None
    shard = state.secret_id % DUE_SHARDS
    return due_partition(due, state.where, shard), f"{stamp(at)}#{state.secret_id}"
