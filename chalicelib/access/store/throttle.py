"""Counts attempts, and keeps the code with which a cluster is set up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.access.lockout import Allowance
from chalicelib.aws.commit import Delete, Update, Write
from chalicelib.aws.ends import end_actions
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import Key, fetch
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import Conflict

from .rows import SETUP, SetupRow, ThrottleRow, throttle_key

KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Throttle:
    """One counter for each subject and window; a window that has passed is never looked at.

    mac:    a keyed hash, for a purpose: a subject cannot be guessed from the table
    region: of a mirrored cluster, this one: each counts by itself, for rows of its own
    """

    mac: Callable[[str, bytes], str]
    region: Callable[[], str] = str

    def take(self, allowance: Allowance, now: datetime) -> bool:
        """Count one attempt; false when the window has had its number. One UpdateItem."""
        counted = self.taken(allowance, now)
        try:
            with known_faults("counting an attempt"):
                counted.row.update(list(counted.actions), counted.condition)
        except Conflict:
            return False
        return True

    def taken(self, allowance: Allowance, now: datetime) -> Update:
        """The same as part of a change, which fails when the window has had its number."""
        row = ThrottleRow(*self._key(allowance, now))
        actions: list[Action] = [
            ThrottleRow.attempts.add(1),
            ThrottleRow.kind.set(ThrottleRow),
            *end_actions(row, "throttle", _end(allowance, now)),
        ]
        room = ThrottleRow.attempts < allowance.attempts
        if allowance.each:
            each = Path(self._each(allowance.each))
            actions.append(each.add(1))
            room &= each.does_not_exist() | (each < allowance.of_each)
        return Update(row, actions, ThrottleRow.pk.does_not_exist() | room)

    def is_spent(self, allowance: Allowance, now: datetime) -> bool:
        """Whether the window has had its number, without counting. One GetItem."""
        row = fetch(ThrottleRow, *self._key(allowance, now))
        return row is not None and int(row.attempts) >= allowance.attempts

    def _each(self, text: str) -> str:
        """The attribute of the row that counts one of many."""
        return f"of_{self.mac('throttle', text.encode())[:16]}"

    def _key(self, allowance: Allowance, now: datetime) -> Key:
        where = filter(None, [self.region()])
        text = json.dumps([*allowance.subject, *where])
        return throttle_key(self.mac("throttle", text.encode()), allowance.slot(now))


def _end(allowance: Allowance, now: datetime) -> datetime:
    return datetime.fromtimestamp(allowance.ends(now), UTC) + KEPT


class SetupCode:
    """The one-time code's row."""

    def fetch(self) -> tuple[str, datetime] | None:
        """The code's hash and its end."""
        row = fetch(SetupRow, *SETUP)
        return None if row is None else (row.code_hash, parse_stamp(row.expires_at))

    def spent(self, code_hash: str, now: datetime) -> Write:
        """Fails unless that code is still there and in time."""
        unspent = (SetupRow.code_hash == code_hash) & (SetupRow.expires_at > stamp(now))
        return Delete(SetupRow(*SETUP), unspent)
