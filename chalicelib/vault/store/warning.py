"""What a state's row says of warnings that its password expires."""

from __future__ import annotations

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.expiring import warning_at
from chalicelib.vault.state import SecretState, Warned

from .rows import StateRow, warnings


def warned_of(row: StateRow) -> Warned | None:
    return Warned(int(row.warned[0]), parse_stamp(row.warned[1])) if row.warned else None


def put_warning(row: StateRow, state: SecretState, shard: int) -> None:
    """Write what was told; and the next warning into index2, where no change is due."""
    if state.warned is not None:
        row.warned = [state.warned.days, stamp(state.warned.of)]
    place = place_of(state, shard)
    if place and row.i2pk is None:
        row.i2pk, row.i2sk = place


def place_of(state: SecretState, shard: int) -> tuple[str, str] | None:
    """Where index2 finds the next warning; None when there is none to come."""
    at = warning_at(state)
    return None if at is None else (warnings(shard), f"{stamp(at)}#{state.secret_id}")
