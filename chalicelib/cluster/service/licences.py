"""Licences as use cases: show, add, remove, activate; the seats of users; warnings of an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate
from chalicelib.cluster.licence import ENDED, Licence, Rights, opened, tidied, warning
from chalicelib.cluster.licences import (
    Activation,
    Held,
    Kept,
    Open,
    genuine,
    opened_all,
    rights_now,
)
from chalicelib.cluster.licensing import (
    Licensing,
    activated,
    followed_signer,
    lapse,
    licensed,
)
from chalicelib.core.again import settled
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import Conflict, Invalid, NotFound, StillUsed, Unlicensed
from chalicelib.mail.service import Posted

from .nodes import Commit, Gates, Who

KIND = "Licenses"
NO_SIGNER = (
    "This cluster has no licence signer, and needs no licence: its built-in evaluation has "
    "everything and does not end. An operator sets one with make deploy LICENCE_SIGNER=<key>."
)


class Licences(Protocol):
    def held(self) -> Held: ...
    def add(self, id: str, key: str, now: datetime, before: Kept | None) -> Any: ...
    def remove(self, kept: Kept) -> Any: ...
    def warn(self, kept: Kept, threshold: int) -> Any: ...
    def activate(self, one: Activation) -> Any: ...
    def take_turn(self, turn: int) -> Any: ...


class Signer(Protocol):
    def __call__(self, fresh: bool = False) -> str:
        """The public key of the cluster's signer, "" for none; `fresh` reads it now. No key: ""."""


class Desk(Protocol):
    def post(self, kind: str, now: datetime, *, facts: Mapping[str, str]) -> Posted:
        """A mail to administrators for somebody's commit; nothing while mail is off."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the cluster stands with its licences, as of one reading.

    seats_taken: enabled users other than application accounts
    """

    gate: Gate
    signer: str
    licences: Sequence[Open]
    activations: Sequence[Activation]
    rights: Rights
    seats_taken: int


@dataclass(frozen=True)
class LicenceService:
    """me: the node that this process belongs to."""

    me: str
    signer: Signer
    gates: Gates
    licences: Licences
    seats_taken: Callable[[], int]
    commit: Commit
    desk: Desk

    def standing(self, now: datetime) -> Standing:
        """Everything a person is shown. Three reads."""
        gate, held, signer = self.gates.fetch(), self.licences.held(), self.signer()
        seen, found = _seen(gate.licensing, signer, now), opened_all(held, signer)
        allowed, taken = rights_now(seen, found, now.date()), self.seats_taken()
        known = replace(gate, licensing=seen)
        return Standing(known, signer, found, held.activations, allowed, taken)

    def look(self, key: str) -> Licence:
        """What a key is, for this cluster; nothing is changed. Raises Invalid."""
        return opened(key, self._signer())

    def add(self, who: Who, key: str, now: datetime) -> Licence:
        """Keep a licence. May be repeated. In the place of an older one of the same id.

        Raises Invalid for a key that is altered, foreign or has ended, StillUsed for an old one.
        """
        licence = self.look(key)
        if not licence.holds(now.date()):
            raise Invalid(f"This licence has expired: {licence.expires} was its last day.")
        settled(partial(self._add, who, licence, tidied(key), now))
        return licence

    def remove(self, who: Who, id: str, force: bool, now: datetime) -> None:
        """Take a licence away. Raises NotFound, and StillUsed when people could change nothing
        any more without it; `force` does it all the same.
        """
        settled(partial(self._remove, who, id, force, now))

    def activate(self, who: Who, one: Activation) -> None:
        """Activate the cluster's licences on a node, from the next request on. May be repeated.

        Raises NotFound for a node that the cluster does not know.
        """
        settled(partial(self._activate, who, one))

    def seat(self, now: datetime) -> list[Any]:
        """The writes of somebody's commit that adds one named user; none while nothing bounds them.

        Raises Unlicensed when every seat is taken. Two who take the last one: one gets Conflict.
        """
        signer = self.signer()
        if not signer:
            return []
        held, gate = self.licences.held(), self.gates.fetch()
        seen = _seen(gate.licensing, signer, now)
        seats = rights_now(seen, opened_all(held, signer), now.date()).seats
        if seats is None:
            return []
        taken = self.seats_taken()
        if taken >= seats:
            raise Unlicensed(
                f"Every seat of the licences is taken: {seats} seats, {taken} enabled named "
                "users. Disable a user, or add a licence on the Licences page "
                "(POST /api/v1/licenses)."
            )
        return [self.licences.take_turn(held.turn)]

    def followed(self, gate: Gate, now: datetime) -> Gate:
        """The gate, once it knows the signer that an operator has set: for the agent."""
        if _seen(gate.licensing, self.signer(), now) == gate.licensing:
            return gate
        signer = self.signer(fresh=True)  # another node may have read the parameter before
        seen = _seen(gate.licensing, signer, now)
        if seen == gate.licensing:
            return gate
        found = genuine(opened_all(self.licences.held(), signer))
        return replace(gate, licensing=licensed(seen, found))

    def warn(self, now: datetime) -> tuple[int, int]:
        """Tell of licences about to end, once a threshold. How many end at all, and were told of.

        May be repeated, and by several at once.
        """
        found = opened_all(self.licences.held(), self.signer())
        ending = [one for one in found if one.licence and one.licence.expires]
        return len(ending), sum(self._warn(one, now) for one in ending)

    def _add(self, who: Who, licence: Licence, key: str, now: datetime) -> None:
        gate, found = self._read()
        before = found.get(licence.id)
        if before and before.kept.key == key:
            return
        if before and before.licence and before.licence.issued > licence.issued:
            raise StillUsed(
                f"The licence {licence.id} is here already, issued later: on "
                f"{before.licence.issued}."
            )
        others = [one for id, one in found.items() if id != licence.id]
        write = self.licences.add(licence.id, key, now, before.kept if before else None)
        detail = _detail(licence)
        audit = self._record(who, "UPDATE" if before else "CREATE", licence.id, now, detail)
        after = self._with(gate, [*genuine(others), licence], now)
        self.commit([write, self.gates.rewrite(gate, after)], [audit])

    def _remove(self, who: Who, id: str, force: bool, now: datetime) -> None:
        gate, found = self._read()
        if id not in found:
            raise NotFound(f"The licence {id} was not found.")
        after = self._with(gate, genuine([one for one in found.values() if one.id != id]), now)
        if not force and _lapses(gate, after, self.me, now):
            raise StillUsed(
                "Without this licence people could change nothing any more. Add another one "
                "first, or repeat with force=true."
            )
        audit = self._record(who, "DELETE", id, now, _detail(found[id].licence))
        self.commit(
            [self.licences.remove(found[id].kept), self.gates.rewrite(gate, after)], [audit]
        )

    def _activate(self, who: Who, one: Activation) -> None:
        gate = self.gates.fetch()
        if one.node not in gate.nodes:
            raise NotFound(f"The node {one.node} was not found.")
        after = replace(gate, licensing=activated(gate.licensing, one.node))
        audit = self._record(who, "ACTIVATE", one.node, one.at, f"by {one.name}")
        self.commit([self.licences.activate(one), self.gates.rewrite(gate, after)], [audit])

    def _warn(self, one: Open, now: datetime) -> bool:
        threshold = warning(one.licence, one.kept.warned, now.date()) if one.licence else None
        if one.licence is None or threshold is None:
            return False
        action = "EXPIRED" if threshold == ENDED else f"EXPIRES IN {threshold} DAYS"
        detail = f"{_detail(one.licence)}, last day {one.licence.expires}"
        audit = AuditRecord(SYSTEM, action, KIND, one.id, now, detail, through=self.me)
        told = self.desk.post("licence", now, facts=_facts(one.licence, threshold))
        try:
            self.commit(
                [self.licences.warn(one.kept, threshold), *told.writes], [audit], told.events
            )
        except Conflict:
            return False  # another worker told them
        return True

    def _signer(self) -> str:
        signer = self.signer()
        if not signer:
            raise Invalid(NO_SIGNER)
        return signer

    def _read(self) -> tuple[Gate, dict[str, Open]]:
        """The gate, and licences by id. In this order: the gate is then written on its count of
        changes, so two who change licences at once do not judge without each other's.
        """
        gate = self.gates.fetch()
        return gate, {one.id: one for one in opened_all(self.licences.held(), self.signer())}

    def _with(self, gate: Gate, licences: Sequence[Licence], now: datetime) -> Gate:
        seen = _seen(gate.licensing, self.signer(), now)
        return replace(gate, licensing=licensed(seen, licences))

    def _record(self, who: Who, action: str, item: str, at: datetime, detail: str) -> AuditRecord:
        return AuditRecord(who.user_id, action, KIND, item, at, detail, who.address, self.me)


def _seen(licensing: Licensing, signer: str, now: datetime) -> Licensing:
    """What the gate says once it knows that signer; as it is when it does already."""
    after = followed_signer(licensing, signer, now.date())
    return licensing if after.signer == licensing.signer else after


def _lapses(before: Gate, after: Gate, node: str, now: datetime) -> bool:
    today = now.date()
    was, would = lapse(before.licensing, node, today), lapse(after.licensing, node, today)
    return was is None and would is not None


def _facts(licence: Licence, threshold: int) -> dict[str, str]:
    """What the mail about its end says."""
    last = f"its last day is {licence.expires}"
    ends = "has ended" if threshold == ENDED else f"ends in {threshold} days or less: {last}"
    return {"licence": licence.id, "ends": ends, "detail": _detail(licence)}


def _detail(licence: Licence | None) -> str:
    if licence is None:
        return ""
    parts = (licence.edition, *licence.add_ons, f"{licence.seats} seats", licence.company)
    return ", ".join(str(part) for part in parts if part)
