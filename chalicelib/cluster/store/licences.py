"""Licences and activations: all in one partition, with the turn of whoever takes a seat."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Delete, Put, Update
from chalicelib.aws.table import DataRow, partition
from chalicelib.cluster.licences import Activation, Held, Kept
from chalicelib.core.clock import parse_stamp, stamp

LICENCES = "licences"
SEATS = (LICENCES, "seats")

R = TypeVar("R", bound=DataRow)


class LicenceRow(DataRow, discriminator="licence"):
    key_text = UnicodeAttribute()
    added_at = UnicodeAttribute()
    warned = NumberAttribute(null=True)


class ActivationRow(DataRow, discriminator="activation"):
    node = UnicodeAttribute()
    at = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    phone = UnicodeAttribute()


class SeatsRow(DataRow, discriminator="seats"):
    turn = NumberAttribute(default=0)


class Licences:
    """Reads and writes them; writes are for somebody's commit."""

    def held(self) -> Held:
        """Everything. One Query."""
        rows = partition(DataRow, LICENCES)
        turns = [int(row.turn) for row in rows if isinstance(row, SeatsRow)]
        return Held(
            kept=tuple(_kept(row) for row in rows if isinstance(row, LicenceRow)),
            activations=tuple(_activation(row) for row in rows if isinstance(row, ActivationRow)),
            turn=turns[0] if turns else 0,
        )

    def add(self, id: str, key: str, now: datetime, before: Kept | None) -> Put:
        """Keep a licence in the place of `before`; fails when somebody did so meanwhile."""
        same = LicenceRow.key_text == before.key if before else LicenceRow.pk.does_not_exist()
        return Put(LicenceRow(LICENCES, _place(id), key_text=key, added_at=stamp(now)), same)

    def remove(self, kept: Kept) -> Delete:
        """Fails when it is gone, or another is in its place."""
        return Delete(LicenceRow(LICENCES, kept.place), LicenceRow.key_text == kept.key)

    def warn(self, kept: Kept, threshold: int) -> Update:
        """Remember that people were told; fails when another worker told them."""
        told, unknown = LicenceRow.warned == kept.warned, LicenceRow.warned.does_not_exist()
        same = (LicenceRow.key_text == kept.key) & (unknown if kept.warned is None else told)
        return Update(LicenceRow(LICENCES, kept.place), [LicenceRow.warned.set(threshold)], same)

    def activate(self, one: Activation) -> Put:
        """Who activated a node last, and when."""
        return Put(
            ActivationRow(
                LICENCES,
                f"activation#{one.node}",
                node=one.node,
                at=stamp(one.at),
                name=one.name,
                email=one.email,
                phone=one.phone,
            )
        )

    def take_turn(self, turn: int) -> Update:
        """Seats are taken in turn: fails when somebody took one since they were counted."""
        row, unused = SeatsRow(*SEATS), SeatsRow.turn.does_not_exist()
        actions = [SeatsRow.turn.set(turn + 1), SeatsRow.kind.set(SeatsRow)]
        return Update(row, actions, (SeatsRow.turn == turn) if turn else unused)


def _place(id: str) -> str:
    return f"licence#{id}"


def _kept(row: LicenceRow) -> Kept:
    warned = None if row.warned is None else int(row.warned)
    return Kept(row.sk, row.key_text, parse_stamp(row.added_at), warned)


def _activation(row: ActivationRow) -> Activation:
    return Activation(row.node, parse_stamp(row.at), row.name, row.email, row.phone)
