"""Hooks of a secret: scripts that run when it is checked out or in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, Unavailable
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Event, Moment
from chalicelib.vault.service import At, hook_of
from chalicelib.web.call import Call, Path
from chalicelib.web.endpoint import endpoint

from . import hook_models as models
from .visiting import named, visit

OF = "/api/v1/secret-detail/{secretId}"
ERRORS = (NotFound, AccessDenied, Invalid, Conflict, Unavailable)


def _rows(path: Path) -> Sequence[tuple[Any, str, str]]:
    """The rows of the secret that a path names, to be read together with the session."""
    try:
        return wiring.vault().rows(path.id("secretId"))
    except NotFound:
        return ()


def _at(call: Call[Any]) -> At:
    return named(call.id("secretId"), "")


@endpoint(
    "GET",
    f"{OF}/hooks",
    returns=list[models.SecretDetailHookSummaryViewModel],
    reads=_rows,
    errors=[NotFound, AccessDenied],
)
def list_all(call: Call[None]) -> list[models.SecretDetailHookSummaryViewModel]:
    found, scripts = wiring.hooks().all(visit(call), _at(call))
    in_order = sorted(found.secret.hooks, key=lambda one: (one.order, one.id))
    return [models.summary(one, scripts.get(one.script_id, "")) for one in in_order]


@endpoint(
    "GET",
    f"{OF}/hook/get/{{secretHookId}}",
    returns=models.SecretHookView,
    reads=_rows,
    errors=[NotFound, AccessDenied],
)
def read(call: Call[None]) -> models.SecretHookView:
    """Ours: the contract names it no more, and clients ask for it."""
    found, _ = wiring.hooks().all(visit(call), _at(call))
    return models.view(hook_of(found.secret, call.id("secretHookId")))


@endpoint(
    "GET",
    f"{OF}/hook/stub/{{scriptId}}",
    returns=models.SecretHookView,
    reads=_rows,
    errors=[NotFound, AccessDenied],
)
def stub(call: Call[None]) -> models.SecretHookView:
    """Ours: a hook as it would be, for a form."""
    wiring.hooks().all(visit(call), _at(call))
    return models.view(Hook(0, "", Event.CHECK_OUT, Moment.BEFORE, call.id("scriptId")))


@endpoint(
    "POST",
    f"{OF}/hook",
    body=models.SecretDetailHookCreateArgs,
    returns=models.SecretDetailHookModel,
    reads=_rows,
    writes="vault",
    errors=ERRORS,
)
def create(call: Call[models.SecretDetailHookCreateArgs]) -> models.SecretDetailHookModel:
    return models.whole(wiring.hooks().create(visit(call), _at(call), call.body.data.draft))


@endpoint(
    "PUT",
    f"{OF}/hook/{{secretHookId}}",
    body=models.SecretDetailHookUpdateArgs,
    returns=models.SecretDetailHookModel,
    reads=_rows,
    writes="vault",
    errors=ERRORS,
)
def change(call: Call[models.SecretDetailHookUpdateArgs]) -> models.SecretDetailHookModel:
    id, wanted = call.id("secretHookId"), call.body.data.of
    return models.whole(wiring.hooks().change(visit(call), _at(call), id, wanted))


@endpoint(
    "DELETE",
    f"{OF}/hook/{{secretHookId}}",
    returns=bool,
    reads=_rows,
    writes="vault",
    errors=ERRORS,
)
def delete(call: Call[None]) -> bool:
    wiring.hooks().delete(visit(call), _at(call), call.id("secretHookId"))
    return True
