"""Own character sets: made, changed, and not taken away while requirements are made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid, StillUsed
from chalicelib.core.ids import Ids
from chalicelib.vault.character_set import FIRST_OWN, CharacterSet
from chalicelib.vault.definitions import EPOCH, Definitions
from chalicelib.vault.passwords import Chance, generate
from chalicelib.vault.ports import Commit, Counter, Epochs, Write
from chalicelib.vault.recheck import Recheck, Subject
from chalicelib.vault.requirement import Requirement
from chalicelib.vault.ruling_ports import DefinitionRows
from chalicelib.vault.visit import Visit

from .templates import demand_settled

KIND = "CharacterSet"
TOGETHER = 20
"""Requirements that are judged anew with one change of a set."""


@dataclass(frozen=True, slots=True)
class CharacterSetService:
    rows: DefinitionRows
    counter: Counter
    epochs: Epochs
    commit: Commit
    ids: Ids
    chance: Chance

    def current(self) -> Definitions:
        return self.rows.current()

    def create(self, visit: Visit, draft: CharacterSet) -> CharacterSet:
        """Make a set. Each call makes another. Invalid for what none can be."""
        known = self._known(visit)
        made = replace(draft, id=FIRST_OWN + self.counter.next("character-set")).tidy()
        _demand_own_name(known, made)
        return self._write(visit, "CREATE", made, [])

    def change(
        self, visit: Visit, id: int, change: Callable[[CharacterSet], CharacterSet]
    ) -> CharacterSet:
        """Change an own set; passwords of the requirements made of it are judged again.

        Invalid when a requirement could not be met any more, StillUsed when one is made of a set
        that is to be inactive. What differs in nothing is not written.
        """
        known = self._known(visit)
        before = known.character_set(id)
        after = change(before).tidy()
        if before.is_built_in:
            raise Invalid("A built-in character set is not changed: make one of your own.")
        if after == before:
            return before
        _demand_own_name(known, after)
        users = [one for one in known.requirements.values() if id in one.sets]
        if users and not after.is_active:
            raise StillUsed(f"{users[0].name} is made of this character set.")
        if after.characters == before.characters:
            return self._write(visit, "UPDATE", after, [])
        self._demand_fit(users, after)
        anew = [
            write
            for one in users
            for write in (
                self.rows.put_requirement(one),  # another edition: what was judged by it is open
                self.rows.ask(Recheck(Subject.REQUIREMENT, one.id, self.ids())),
            )
        ]
        return self._write(visit, "UPDATE", after, anew)

    def _demand_fit(self, users: list[Requirement], after: CharacterSet) -> None:
        if len(users) > TOGETHER:
            raise Invalid(f"More than {TOGETHER} password requirements are made of it.")
        for one in users:
            try:
                generate(one.with_set(after), self.chance)
            except Invalid as why:
                raise Invalid(f"The password requirement {one.name}: {why}") from None

    def _known(self, visit: Visit) -> Definitions:
        demand_settled(visit)
        return self.rows.fresh()

    def _write(
        self, visit: Visit, action: str, after: CharacterSet, more: list[Write]
    ) -> CharacterSet:
        state = "" if after.is_active else ", inactive"
        told = f"{after.name}{state}: {after.characters}"[:900]
        writes = [self.rows.put_set(after), self.epochs.bump(EPOCH), *more]
        self.commit(writes, [visit.audit(action, KIND, after.id, told)])
        return self.rows.fresh().character_set(after.id)


def _demand_own_name(known: Definitions, one: CharacterSet) -> None:
    others = {other.name.casefold() for other in known.sets.values() if other.id != one.id}
    if one.name.casefold() in others:
        raise Invalid("A character set of that name exists.")
