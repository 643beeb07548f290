"""Approval in steps: in order, by as many people as each step asks for, each of them once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Invalid, NotFound
from chalicelib.vault.access_request import Answer, Status
from chalicelib.vault.approval import Asking
from chalicelib.vault.comment import Comment
from chalicelib.vault.grants import Grantee, Role, Who
from chalicelib.vault.service import At
from chalicelib.vault.workflow import Approval, Step, Workflow, demand_whole, step_of
from tests.client import Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_secret, routes, time
from tests.vault.conftest import ADMIN, ANN, BEN, EVE, Vault, granted, person

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

PATH = "/api/v1/workflows/templates"
DAN, FAY = person(14), person(15)
YES, NO = Answer(Status.APPROVED, "fine"), Answer(Status.DENIED)


def users(*them: Any) -> tuple[Grantee, ...]:
    return tuple(Grantee(Who.USER, one.user_id) for one in them)


STEPS = (Step("Peers", users(EVE, DAN, BEN), 2), Step("Boss", users(FAY, EVE)))


def test_a_step_waits_for_as_many_people_as_it_asks_for() -> None:
    given = [Approval(0, 13, 1), Approval(0, 13, 1)]
    assert step_of(STEPS, given, 1) == 0
    assert step_of(STEPS, [*given, Approval(0, 14, 1)], 1) == 1
    assert step_of(STEPS, [*given, Approval(0, 14, 1)], 2) == 0
    assert step_of(STEPS, [*given, Approval(0, 14, 1), Approval(1, 15, 1)], 1) is None


@pytest.mark.parametrize(
    "wrong",
    [
        Workflow(1, "", steps=STEPS),
        Workflow(1, "a"),
        Workflow(1, "a", steps=STEPS * 6),
        Workflow(1, "a", steps=(Step("x", ()),)),
        Workflow(1, "a", steps=(Step("x", users(EVE), 2),)),
        Workflow(1, "a", steps=(Step("x", users(EVE), 0),)),
    ],
)
def test_what_nobody_could_go_through_is_refused(wrong: Workflow) -> None:
    with pytest.raises(Invalid):
        demand_whole(wrong)


def begun(vault: Vault) -> tuple[int, int]:
    """A secret whose viewers go the steps, and Ben's request for it."""
    flow = wiring.workflows().create(vault.visit(ADMIN), Workflow(0, "Two", steps=STEPS))
    id = vault.unix(folder=vault.folder(granted(BEN, Role.VIEW)))
    vault.visit()  # hears of the epoch
    service = wiring.access_requests()
    service.set_terms(vault.visit(), At(id), Asking.VIEWERS, None, flow.id)
    visit = replace(vault.visit(BEN), comment=Comment("fix it"))
    return id, service.ask(visit, At(id), None, None).request.id


def said(vault: Vault, who: Any, request: int, answer: Answer = YES) -> Status:
    return wiring.access_requests().answer(vault.visit(who), request, answer).request.status


def reads(vault: Vault, id: int) -> bool:
    try:
        wiring.vault().read(vault.visit(BEN), At(id))
    except AccessDenied:
        return False
    return True


def test_access_is_granted_once_every_step_has_been_approved(vault: Vault) -> None:
    id, request = begun(vault)
    for nobody in (BEN, ANN, FAY):  # his own, no approver, not yet her turn
        with pytest.raises((AccessDenied, NotFound)):
            said(vault, nobody, request)
    assert said(vault, EVE, request) is Status.PENDING
    assert said(vault, EVE, request) is Status.PENDING  # again is once
    assert (said(vault, DAN, request), reads(vault, id)) == (Status.PENDING, False)
    assert said(vault, EVE, request) is Status.PENDING  # one person approves one step
    assert (said(vault, FAY, request), reads(vault, id)) == (Status.APPROVED, True)
    actions = vault.trail(id)
    assert (actions.count("ACCESS STEP APPROVED"), actions.count("ACCESS APPROVED")) == (2, 1)
    assert (said(vault, DAN, request, NO), reads(vault, id)) == (Status.DENIED, False)


def test_a_workflow_that_was_changed_begins_again_and_a_step_may_deny(vault: Vault) -> None:
    id, request = begun(vault)
    said(vault, EVE, request)
    (flow,) = wiring.workflows().current().workflows.values()
    steps = (Step("Boss", users(FAY)),)
    wiring.workflows().change(vault.visit(ADMIN), flow.id, lambda one: replace(one, steps=steps))
    vault.visit()
    with pytest.raises(NotFound):
        said(vault, EVE, request)
    assert (said(vault, FAY, request, NO), reads(vault, id)) == (Status.DENIED, False)


def test_what_nobody_decides_in_a_workflows_time_expires(vault: Vault) -> None:
    id, request = begun(vault)
    (flow,) = wiring.workflows().current().workflows.values()
    within = timedelta(minutes=30)
    wiring.workflows().change(
        vault.visit(ADMIN), flow.id, lambda one: replace(one, answered_within=within)
    )
    vault.visit()
    service, visit = wiring.access_requests(), vault.visit(BEN)
    assert service.get(visit, request).request.waits(vault.now + 2 * within)  # as it was asked
    service.answer(vault.visit(BEN), request, Answer(Status.CANCELED))
    asked = service.ask(replace(vault.visit(BEN), comment=Comment("again")), At(id), None, None)
    assert asked.request.waits(vault.now + within - timedelta(seconds=1))
    assert not asked.request.waits(vault.now + within)
    vault.now += within
    with pytest.raises(Invalid, match="expired"):
        said(vault, EVE, asked.request.id)
    again = service.ask(replace(vault.visit(BEN), comment=Comment("more")), At(id), None, None)
    assert again.request.id != asked.request.id


def test_killed_anywhere_a_step_is_approved_once(vault: Vault) -> None:
    id, request = begun(vault)
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            said(vault, EVE, request)
        if reaper.has_killed:
            said(vault, EVE, request)
        assert vault.trail(id).count("ACCESS STEP APPROVED") == 1
        assert not reads(vault, id)


def test_workflows_are_made_and_named_at_a_secret_through_the_api(ada: Client) -> None:
    group = ada.post("/api/v1/groups", {"name": "Approvers"}).json["id"]
    steps = {"steps": [{"name": "One", "approvers": [group], "needed": 1}]}
    body = {"name": "Two", "configurationJson": json.dumps(steps)}
    assert ada.post(PATH, {**body, "expirationMinutes": -1}).status == 400
    made = ada.post(PATH, {**body, "expirationMinutes": 90})
    assert made.status == 200, made.message
    assert made.json["expirationMinutes"] == 90
    id = made.json["workflowTemplateId"]
    assert json.loads(ada.get(f"{PATH}/{id}").json["configurationJson"]) == steps
    secret = made_secret(ada)["id"]
    terms = {"requireApprovalType": "RequireApproval", "workflowTemplateId": id}
    dirty = {name: {"dirty": True, "value": value} for name, value in terms.items()}
    answer = ada.put(f"/api/v3/secrets/{secret}/security-approval", {"data": dirty})
    assert answer.json["model"]["requireApprovalType"] == "RequireApproval", answer.message
    shown = ada.get(f"/api/v1/secrets/{secret}/security").json
    assert (shown["workflowTemplateId"], shown["workflowName"]) == (id, "Two")
    assert ada.put(f"{PATH}/{id}", {**body, "active": False}).json["active"] is False
    assert ada.get(PATH).json["total"] == 0
    assert ada.get(f"{PATH}?filter.includeInactive=true").json["total"] == 1
    for wrong in ("x", "{}", '{"steps": []}', '{"steps": [{"approvers": [0]}]}'):
        refused = ada.post(PATH, {"name": "Other", "configurationJson": wrong})
        assert (refused.status in (400, 404), bool(refused.message)) == (True, True), wrong
