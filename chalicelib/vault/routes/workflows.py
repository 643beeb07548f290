"""Workflow templates: steps of approval for access requests."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.core.paging import page
from chalicelib.vault.grants import Grantee
from chalicelib.vault.people import Wanted
from chalicelib.vault.workflow import LONGEST_WAIT, Step, Workflow
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, Struct, paged, paged_answer

from .visiting import visit

BASE, ADMINISTER = "/api/v1/workflows/templates", "Administer Workflows"
CHANGES = (Conflict, Unavailable, NotFound)
ACCESS = "AccessRequest"
MOST_MINUTES = LONGEST_WAIT // timedelta(minutes=1)


class WorkflowQuery(PagedQuery):
    include_inactive: bool = False
    workflow_type: str = ""


class WorkflowTemplateDetailModel(Struct):
    workflow_template_id: int
    name: str
    description: str
    active: bool
    configuration_json: str
    workflow_type: str = ACCESS
    type_name: str = "Access Request"
    expiration_minutes: int | None = None
    reusable: bool = True


class WorkflowArgs(Struct):
    """`configurationJson`: `{"steps": [{"name", "approvers": [groupId], "needed"}]}`."""

    name: str
    configuration_json: str
    description: str = ""
    active: bool = True
    workflow_type: str = ACCESS
    expiration_minutes: int | None = None


class StepArgs(Struct):
    approvers: tuple[int, ...]
    name: str = ""
    needed: int = 1


class StepsArgs(Struct):
    steps: tuple[StepArgs, ...]


@endpoint("GET", BASE, query=WorkflowQuery, returns=Paged[WorkflowTemplateDetailModel])
def search(call: Call[None]) -> Paged[WorkflowTemplateDetailModel]:
    call.principal.require(ADMINISTER, "Own Secret")
    asked: WorkflowQuery = call.query
    is_asked = asked.workflow_type.casefold() in ("", ACCESS.casefold())
    known = wiring.workflows().current().workflows.values()
    found = [
        one
        for one in sorted(known, key=lambda each: each.name.casefold())
        if is_asked and (one.is_active or asked.include_inactive)
    ]
    return paged_answer(page(found, paged(asked)), _model)


@endpoint("GET", f"{BASE}/{{id}}", returns=WorkflowTemplateDetailModel, permission=ADMINISTER)
def read(call: Call[None]) -> WorkflowTemplateDetailModel:
    return _model(wiring.workflows().current().workflow(call.id()))


@endpoint(
    "POST",
    BASE,
    body=WorkflowArgs,
    returns=WorkflowTemplateDetailModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[WorkflowArgs]) -> WorkflowTemplateDetailModel:
    return _model(wiring.workflows().create(visit(call), _given(Workflow(0, ""), call.body)))


@endpoint(
    "PUT",
    f"{BASE}/{{id}}",
    body=WorkflowArgs,
    returns=WorkflowTemplateDetailModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def update(call: Call[WorkflowArgs]) -> WorkflowTemplateDetailModel:
    changed = wiring.workflows().change(visit(call), call.id(), lambda one: _given(one, call.body))
    return _model(changed)


def _given(known: Workflow, body: WorkflowArgs) -> Workflow:
    if body.workflow_type.casefold() != ACCESS.casefold():
        raise Invalid("workflowType must be AccessRequest.")
    try:
        sent = msgspec.json.decode(body.configuration_json, type=StepsArgs)
    except (msgspec.DecodeError, RecursionError):
        raise Invalid("configurationJson must be JSON with a list of steps.") from None
    steps = tuple(
        Step(one.name.strip()[:100], _named(one.approvers), one.needed) for one in sent.steps[:11]
    )
    minutes = body.expiration_minutes or 0
    if not 0 <= minutes <= MOST_MINUTES:
        raise Invalid("expirationMinutes must be 1 or more, and a year at most.")
    return Workflow(
        known.id,
        body.name.strip(),
        body.description.strip(),
        body.active,
        steps,
        known.version,
        timedelta(minutes=minutes) if minutes else None,
    )


def _named(ids: tuple[int, ...]) -> tuple[Grantee, ...]:
    """Users by their own groups. Two Queries each."""
    some = tuple(dict.fromkeys(ids))[:21]
    return tuple(wiring.directory().find(Wanted(group_id=id)).to for id in some)


def _model(one: Workflow) -> WorkflowTemplateDetailModel:
    whom = [who for step in one.steps for who in step.approvers]
    known = wiring.directory().known(whom)
    steps: list[dict[str, Any]] = [
        {
            "name": step.name,
            "needed": step.needed,
            "approvers": [known[who].group_id for who in step.approvers if who in known],
        }
        for step in one.steps
    ]
    configuration = json.dumps({"steps": steps})
    within = one.answered_within
    return WorkflowTemplateDetailModel(
        one.id,
        one.name,
        one.description,
        one.is_active,
        configuration,
        expiration_minutes=within // timedelta(minutes=1) if within else None,
    )
