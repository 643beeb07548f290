"""Workflows as rows, beside the templates that each process keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws.commit import Put, Write
from chalicelib.vault.grants import Grantee, Who
from chalicelib.vault.workflow import Step, Workflow

from .definition_row import PARTITION, DefinitionRow


class WorkflowRow(DefinitionRow, discriminator="workflow-template"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    said = JSONAttribute()


class WorkflowStore:
    def put(self, one: Workflow) -> Write:
        """Store a workflow, if it is still of the version that the change is based on."""
        steps = [
            [step.name, step.needed, [[who.who.value, who.id] for who in step.approvers]]
            for step in one.steps
        ]
        said: dict[str, Any] = {
            "description": one.description,
            "active": one.is_active,
            "steps": steps,
        }
        if one.answered_within:
            said["minutes"] = one.answered_within // timedelta(minutes=1)
        key = (PARTITION, f"workflow#{one.id:010d}")
        row = WorkflowRow(*key, id=one.id, name=one.name, said=said)
        if one.version:
            row.version = one.version
        return Put(row)


def workflow_of(row: WorkflowRow) -> Workflow:
    said = row.said
    steps = tuple(
        Step(name, tuple(Grantee(Who(who), int(whom)) for who, whom in approvers), int(needed))
        for name, needed, approvers in said["steps"]
    )
    minutes = said.get("minutes")
    return Workflow(
        int(row.id),
        row.name,
        said["description"],
        said["active"],
        steps,
        int(row.version),
        timedelta(minutes=int(minutes)) if minutes else None,
    )
