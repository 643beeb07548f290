"""Workflows of approval: made and changed by those who administer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.vault.definitions import EPOCH, Definitions
from chalicelib.vault.ports import Commit, Counter, Epochs
from chalicelib.vault.ruling_ports import DefinitionRows, WorkflowRows
from chalicelib.vault.visit import Visit
from chalicelib.vault.workflow import Workflow, demand_whole

from .templates import demand_settled

KIND = "WorkflowTemplate"


@dataclass(frozen=True, slots=True)
class WorkflowService:
    definitions: DefinitionRows
    rows: WorkflowRows
    counter: Counter
    epochs: Epochs
    commit: Commit

    def current(self) -> Definitions:
        return self.definitions.current()

    def create(self, visit: Visit, draft: Workflow) -> Workflow:
        """Make a workflow. Each call makes another. Invalid for one that nobody can go through."""
        demand_settled(visit)
        known = self.definitions.fresh()
        made = replace(draft, id=self.counter.next("workflow-template"))
        return self._write(visit, known, None, made)

    def change(self, visit: Visit, id: int, change: Callable[[Workflow], Workflow]) -> Workflow:
        """Change a workflow: requests that wait begin again. What differs in nothing is not
        written.
        """
        demand_settled(visit)
        known = self.definitions.fresh()
        before = known.workflow(id)
        return self._write(visit, known, before, change(before))

    def _write(
        self, visit: Visit, known: Definitions, before: Workflow | None, after: Workflow
    ) -> Workflow:
        if after == before:
            return after
        demand_whole(after)
        others = (one for one in known.workflows.values() if one.id != after.id)
        if after.name.casefold() in {one.name.casefold() for one in others}:
            raise Invalid("A workflow of that name exists.")
        action = "UPDATE" if before else "CREATE"
        steps = ", ".join(f"{one.name or 'a step'} ({one.needed})" for one in after.steps)
        line = visit.audit(action, KIND, after.id, f"{after.name}: {steps}"[:900])
        self.commit([self.rows.put(after), self.epochs.bump(EPOCH)], [line])
        return self.definitions.fresh().workflow(after.id)
