"""The keyring as the use cases of keys see it, and the writes that change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import keyring, keyring_changes
from chalicelib.aws.commit import Put, Write
from chalicelib.aws.connection import connection
from chalicelib.aws.keyring import Keyring
from chalicelib.core.clock import parse_stamp
from chalicelib.keys.wishes import KeySeen, KeysSeen


@dataclass(frozen=True, slots=True)
class RingTable:
    """Every write holds only over the version of the row that was read."""

    keyring: Keyring

    def add_key(self, now: datetime) -> tuple[Write, int, str]:
        added = keyring_changes.with_new_key(now)
        return Put(added.row), added.primary, added.escrow

    def set_escrow(self, public: bytes, now: datetime) -> Write | None:
        row = keyring_changes.with_escrow(public, now)
        return Put(row) if row else None

    def wrap_anew(self, now: datetime) -> Write:
        return Put(keyring_changes.rewrapped(now))

    def is_moving(self) -> bool:
        return bool(keyring.stored().next_arn)

    def forget(self) -> None:
        self.keyring.forget()

    def seen(self) -> KeysSeen:
        row = keyring.stored()
        return KeysSeen(
            key_arn=connection().key_arn,
            fingerprint=row.fingerprint,
            primary=int(row.primary),
            keys=[
                KeySeen(int(one.id), parse_stamp(one.made_at), bool(one.box)) for one in row.keys
            ],
            next_arn=row.next_arn or "",
            escrow=bytes(row.escrow_key or b""),
            escrow_at=_moment(row.escrow_at),
            rewrapped_at=_moment(row.rewrapped_at),
        )


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None
