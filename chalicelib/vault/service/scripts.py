"""Scripts for hooks: made and changed by those who administer scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.core.again import settled
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.vault.ports import Commit, Counter, Write
from chalicelib.vault.script import MOST, Script, whole
from chalicelib.vault.visit import Visit

from .templates import demand_settled

KIND = "Script"


class Scripts(Protocol):
    def all(self) -> list[Script]: ...

    def fetch(self, id: int) -> Script | None: ...

    def put(self, one: Script) -> Write: ...


@dataclass(frozen=True, slots=True)
class ScriptService:
    scripts: Scripts
    counter: Counter
    commit: Commit

    def all(self) -> list[Script]:
        """Every script, by name. One Query a MB."""
        return sorted(self.scripts.all(), key=lambda one: (one.name.casefold(), one.id))

    def get(self, id: int) -> Script:
        """One script. NotFound when there is none. One read."""
        found = self.scripts.fetch(id)
        if found is None:
            raise NotFound("The script was not found.")
        return found

    def create(self, visit: Visit, draft: Script) -> Script:
        """Make a script. Each call makes another. Invalid for one that no shell could run."""
        demand_settled(visit)
        draft = whole(draft)
        known = self.scripts.all()
        _demand_free(draft, known)
        if len(known) >= MOST:
            raise Invalid(f"There are at most {MOST} scripts.")
        made = replace(draft, id=self.counter.next("script"), version=0)
        line = visit.audit("CREATE", KIND, made.id, made.name)
        self.commit([self.scripts.put(made)], [line])
        return self.get(made.id)

    def change(self, visit: Visit, id: int, change: Callable[[Script], Script]) -> Script:
        """Change a script, for every hook that runs it. What differs in nothing is not written."""
        demand_settled(visit)

        def once() -> Script:
            before = self.get(id)
            after = whole(change(before))
            if after == before:
                return before
            if after.name.casefold() != before.name.casefold():
                _demand_free(after, self.scripts.all())
            line = visit.audit("UPDATE", KIND, id, _told(before, after))
            self.commit([self.scripts.put(after)], [line])
            return self.get(id)

        return settled(once)


def _demand_free(one: Script, known: list[Script]) -> None:
    """Raise Invalid for a name that another has; two at once may both be made: ids count."""
    if one.name.casefold() in {each.name.casefold() for each in known if each.id != one.id}:
        raise Invalid("A script of that name exists.")


def _told(before: Script, after: Script) -> str:
    """What differs, for the trail: never the text."""
    compared = {
        "name": before.name != after.name,
        "script": before.text != after.text,
        "description": before.description != after.description,
        "category": before.category != after.category,
        "active" if after.is_active else "inactive": before.is_active != after.is_active,
    }
    return f"{after.name}: {', '.join(name for name, differs in compared.items() if differs)}"
