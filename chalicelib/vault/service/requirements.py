"""Password requirements: made, changed, and applied to the secrets that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.core.errors import ConclaveError, Conflict, Invalid
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.vault.compliance import Judgement, judged
from chalicelib.vault.definitions import EPOCH, Definitions
from chalicelib.vault.listing import SHARDS
from chalicelib.vault.passwords import Chance, generate
from chalicelib.vault.ports import Commit, Counter, Epochs, Secrets, Values, Write
from chalicelib.vault.recheck import Place, Recheck, Subject, place_of
from chalicelib.vault.requirement import FIRST_OWN, Requirement
from chalicelib.vault.ruling_ports import DefinitionRows
from chalicelib.vault.secret import Stored
from chalicelib.vault.state import SecretState
from chalicelib.vault.visit import Visit

from .templates import demand_settled

KIND = "PasswordRequirement"
TOGETHER = 20
"""States written in one transaction."""

SLICE = 500
"""Secrets of the list that one slice looks through."""


@dataclass(frozen=True, slots=True)
class RequirementService:
    rows: DefinitionRows
    secrets: Secrets
    values: Values
    counter: Counter
    epochs: Epochs
    commit: Commit
    ids: Ids
    chance: Chance
    refusal: Callable[[], ConclaveError | None]

    def current(self) -> Definitions:
        return self.rows.current()

    def example(self, one: Requirement) -> Plain:
        """A password that meets the requirement. Nothing is stored."""
        return generate(one, self.chance)

    def create(self, visit: Visit, draft: Requirement) -> Requirement:
        """Make a requirement. Each call makes another. Invalid if no password can meet it."""
        known = self._known(visit)
        made = replace(draft, id=FIRST_OWN + self.counter.next("password-requirement"))
        return self._write(visit, known, None, made)

    def change(
        self, visit: Visit, id: int, change: Callable[[Requirement], Requirement]
    ) -> Requirement:
        """Change a requirement, a built-in one too. PasswordRequirementTriggerJob then judges the
        passwords that must meet it. What differs in nothing is not written.
        """
        known = self._known(visit)
        before = known.requirement(id)
        return self._write(visit, known, before, change(before))

    def judge_what_is_asked(self, limit: int = SLICE) -> Tally:
        """PasswordRequirementTriggerJob: a slice of what is to be judged again. May be repeated.

        Nothing asked for: one Query. Else one a shard for a slice of the list of all secrets, and a
        read and a write for those that are concerned. Nothing is written in maintenance mode.
        """
        asked = self.rows.rechecks()
        if not asked or self.refusal():
            return Tally(len(asked))
        one = asked[0]
        after, tally = self._slice(one, limit)
        moved = self.rows.moved(one, str(after)) if after else self.rows.over(one)
        with suppress(Conflict):  # asked for anew meanwhile: from the first on
            self.commit([moved])
        is_over = after is None and len(asked) == 1
        return replace(tally, cursor="" if is_over else "more")

    def _slice(self, one: Recheck, limit: int) -> tuple[Place | None, Tally]:
        """Judge so many of the list of all secrets, and say where the next slice begins."""
        wanted, tally = one.templates(self.rows.current()), Tally()
        place: Place | None = place_of(one.cursor)
        while place and (left := limit - tally.found) > 0:
            listed = self.secrets.page(place.shard, place.after, left)
            done = self._judge([found.id for found in listed if found.template_id in wanted])
            tally += Tally(len(listed), done)
            place = _next(place, listed[-1].sort_key() if len(listed) >= left else "")
        return place, tally

    def _judge(self, ids: Sequence[int]) -> int:
        """Judge those secrets, and say so in the states of those of which it was not known."""
        changed = [
            replace(one.state, judged=found)
            for one in self.secrets.fetch(ids).values()
            if (found := self._judged(one)) != one.state.judged
        ]
        groups = [changed[at : at + TOGETHER] for at in range(0, len(changed), TOGETHER)]
        return sum(map(self._together, groups))

    def _judged(self, one: Stored) -> dict[str, Judgement]:
        secret = one.secret
        if secret.double_lock:  # only its holders know
            return dict(one.state.judged)
        return dict(judged(secret, lambda slug: self.values.open(secret.id, secret.value_of(slug))))

    def _together(self, some: Sequence[SecretState]) -> int:
        """Write several at once, or each alone when one was written meanwhile. How many were.

        One that is refused alone was just worked on. It is read and judged again, once: who
        changes a password judges it himself.
        """
        try:
            self.commit([self.secrets.put_state(one) for one in some])
        except Conflict:
            if len(some) > 1:
                return sum(self._together([one]) for one in some)
            return self._again(some[0].secret_id)
        return len(some)

    def _again(self, id: int) -> int:
        for one in self.secrets.fetch([id]).values():
            try:
                self.commit([self.secrets.put_state(replace(one.state, judged=self._judged(one)))])
            except Conflict:
                return 0
        return 1

    def _known(self, visit: Visit) -> Definitions:
        demand_settled(visit)
        return self.rows.fresh()

    def _write(
        self, visit: Visit, known: Definitions, before: Requirement | None, after: Requirement
    ) -> Requirement:
        if after == before:
            return after
        self._demand_fit(known, before, after)
        writes: list[Write] = [self.rows.put_requirement(after), self.epochs.bump(EPOCH)]
        # once more, so that who changes one of them just now or else this one begins again
        writes += [self.rows.put_set(one) for one in after.sets.values() if not one.is_built_in]
        if after.is_default:
            writes += [
                self.rows.put_requirement(replace(one, is_default=False))
                for one in known.requirements.values()
                if one.is_default and one.id != after.id
            ]
        if before:
            writes.append(self.rows.ask(Recheck(Subject.REQUIREMENT, after.id, self.ids())))
        action = "UPDATE" if before else "CREATE"
        self.commit(writes, [visit.audit(action, KIND, after.id, _told(after))])
        return self.rows.fresh().requirement(after.id)

    def _demand_fit(
        self, known: Definitions, before: Requirement | None, after: Requirement
    ) -> None:
        others = (one for one in known.requirements.values() if one.id != after.id)
        is_renamed = before is None or before.name != after.name
        if is_renamed and after.name.casefold() in {one.name.casefold() for one in others}:
            raise Invalid("A password requirement of that name exists.")
        if before and before.is_default and not after.is_default:
            raise Invalid("Make another password requirement the default instead.")
        generate(after, self.chance)


def _next(place: Place, last: str) -> Place | None:
    """Where the next slice begins; None when all shards were looked through."""
    if last:
        return Place(place.shard, last)
    return Place(place.shard + 1) if place.shard + 1 < SHARDS else None


def _told(one: Requirement) -> str:
    """What it asks, for the trail."""
    rules = "; ".join(rule.told.removeprefix("it ") for rule in one.rules)
    rules += "; no words" if one.no_words else ""
    return f"{one.name}: {one.least} to {one.most} characters of {one.allowed.name}. {rules}"[:900]
