"""The cluster's licences as they are kept, opened with its signer, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.core.errors import Invalid

from .licence import Licence, Rights, evaluation, opened, rights
from .licensing import Licensing, in_trial

SOON = 60
"""Days before its end from which on a licence is said to expire."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A licence's row: `place` is its sort key, `warned` the last threshold people were told of."""

    place: str
    key: str
    added_at: datetime
    warned: int | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """Who activated licences on a node: what the contract's activation asks for. It stays here."""

    node: str
    at: datetime
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Held:
    """All rows. `turn` counts the seats that were taken while licences bound them."""

    kept: tuple[Kept, ...] = ()
    activations: tuple[Activation, ...] = ()
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """A kept licence and what its key says; None: this cluster's signer did not sign it."""

    kept: Kept
    licence: Licence | None

    @property
    def id(self) -> str:
        return self.kept.place.partition("#")[2]


def opened_all(held: Held, signer: str) -> list[Open]:
    """Every kept licence, by id."""
    return [Open(one, _opened(one.key, signer)) for one in held.kept]


def genuine(licences: Sequence[Open]) -> list[Licence]:
    return [one.licence for one in licences if one.licence]


def _opened(key: str, signer: str) -> Licence | None:
    try:
        return opened(key, signer)
    except Invalid:
        return None


def rights_now(licensing: Licensing, licences: Sequence[Open], today: date) -> Rights:
    """What the cluster may: by its licences, or by the evaluation while it has none that holds."""
    found = rights(genuine(licences), today)
    if found.edition or not in_trial(licensing, today):
        return found
    return evaluation(date.fromisoformat(licensing.trial) if licensing.signer else None)


def words(licence: Licence | None, today: date) -> str:
    """How a licence is, for people."""
    if licence is None:
        return "Not signed by this cluster's signer"
    left = licence.days_left(today)
    if left is None or left > SOON:
        return "Valid"
    if left < 0:
        return f"Expired: {licence.expires} was its last day"
    return {0: "Expires today", 1: "Expires in 1 day"}.get(left, f"Expires in {left} days")
