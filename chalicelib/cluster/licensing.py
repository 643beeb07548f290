"""What the gate says of licences, and what follows for a node: the rule that requests ask.

It is a few words in the gate's row, so that no request reads more; days are compared with today,
so an end bites without anybody writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from .licence import Licence, fingerprint, last_day

TRIAL = timedelta(days=30)
"""How long the evaluation goes on once a signer is set."""


class Lapse(StrEnum):
    """Why a node is view-only for people's changes."""

    NONE = "unlicensed"
    EXPIRED = "expired"
    UNACTIVATED = "unactivated"


_GOES_ON = (
    "People can read and use secrets, and due password changes go on, but change nothing themselves"
)
LAPSE_TEXT = {
    Lapse.NONE: f"View-only: the cluster has no licence. {_GOES_ON}. Add a licence on the "
    "Licences page (POST /api/v1/licenses).",
    Lapse.EXPIRED: f"View-only: the cluster's licence has expired. {_GOES_ON}. Add a new licence "
    "on the Licences page (POST /api/v1/licenses).",
    Lapse.UNACTIVATED: f"View-only: licences are not activated on this node. {_GOES_ON} here. "
    "Activate it on the Licences page (POST /api/v1/activations).",
}


@dataclass(frozen=True, slots=True)
class Licensing:
    """Days are ISO texts, UTC; "" is none.

    signer:    short name of the public key that licences are signed for; "" when none is set:
               then the built-in evaluation holds, and does not end
    trial:     the last day of the evaluation, once a signer is set
    until:     the last day on which the cluster's licences give an edition
    activated: the nodes on which licences are activated
    """

    signer: str = ""
    trial: str = ""
    until: str = ""
    activated: frozenset[str] = frozenset()


UNSIGNED = Licensing()


def lapse(licensing: Licensing, node: str, today: date) -> Lapse | None:
    """Why that node is view-only on that day, if it is."""
    day = today.isoformat()
    if not licensing.signer or day <= licensing.trial:
        return None
    if not licensing.until:
        return Lapse.NONE
    if licensing.until < day:
        return Lapse.EXPIRED
    return None if node in licensing.activated else Lapse.UNACTIVATED


def lapse_text(licensing: Licensing, node: str, now: datetime) -> str:
    """Why that node is view-only, for people; "" when it is not."""
    found = lapse(licensing, node, now.date())
    return LAPSE_TEXT[found] if found else ""


def in_trial(licensing: Licensing, today: date) -> bool:
    """Whether the built-in evaluation holds."""
    return not licensing.signer or today.isoformat() <= licensing.trial


def followed_signer(before: Licensing, signer: str, today: date) -> Licensing:
    """Another public key, or none, was set; `licensed` then says what its licences are worth.

    The evaluation goes on for a while when a signer is set for the first time, so that nobody
    stands still between the key and the first licence.
    """
    if not signer:
        return replace(UNSIGNED, activated=before.activated)
    trial = before.trial if before.signer else (today + TRIAL).isoformat()
    return replace(before, signer=fingerprint(signer), trial=trial)


def licensed(before: Licensing, licences: Sequence[Licence]) -> Licensing:
    """With other licences, all of which that signer signed."""
    last = last_day(licences)
    return replace(before, until=last.isoformat() if last else "")


def activated(before: Licensing, node: str) -> Licensing:
    return replace(before, activated=before.activated | {node})


def forgotten(before: Licensing, node: str) -> Licensing:
    """Without a node that was removed."""
    return replace(before, activated=before.activated - {node})
