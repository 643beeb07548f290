"""Secrets: create, read, update, delete, restore, and their fields."""

from __future__ import annotations

from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound, StillUsed, Throttled
from chalicelib.vault.checkout import Access
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import Opened
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import DeletedModel, Struct

from . import secret_answers as answers
from . import summary_answers
from .secret_args import RestrictedArgs, SecretCreateArgs, SecretUpdateArgs
from .secret_models import (
    ActivateSecretResponseModel,
    SecretDetailGeneralModel,
    SecretLookup,
    SecretModel,
    SecretModelV2,
    SecretSummary,
)
from .visiting import (
    AccessQuery,
    SummaryQuery,
    access,
    at,
    marked_rows,
    restricted_access,
    secret_rows,
    visit,
    visit_opening,
)


class ReadQuery(AccessQuery):
    """withoutHidden, ours: passwords, and what the template hides on view, are left empty."""

    without_hidden: bool = False


class StubQuery(Struct):
    secret_template_id: int
    folder_id: int | None = None


@endpoint("GET", "/api/v1/secrets/stub", query=StubQuery, returns=SecretModel)
def stub(call: Call[None]) -> SecretModel:
    call.principal.require("Add Secret")
    asked: StubQuery = call.query
    kind = wiring.templates().current().template(asked.secret_template_id)
    return answers.stub(kind, asked.folder_id or NO_FOLDER)


@endpoint(
    "POST",
    "/api/v1/secrets",
    body=SecretCreateArgs,
    returns=SecretModel,
    writes="vault",
    errors=(NotFound,),
)
def create(call: Call[SecretCreateArgs]) -> SecretModel:
    asker = visit(call)
    made = wiring.vault().create(asker, call.body.draft())
    return answers.whole(wiring.vault().shown(asker, made), call.now)


@endpoint("GET", "/api/v1/secrets/{id}", query=ReadQuery, returns=SecretModel, reads=secret_rows)
def read(call: Call[None]) -> SecretModel:
    return answers.whole(_read(call, visit(call), access(call)), call.now)


@endpoint("GET", "/api/v2/secrets/{id}", query=ReadQuery, returns=SecretModelV2, reads=secret_rows)
def read_v2(call: Call[None]) -> SecretModelV2:
    return answers.whole_v2(_read(call, visit(call), access(call)), call.now)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/restricted",
    query=ReadQuery,
    body=RestrictedArgs,
    returns=SecretModel,
    reads=secret_rows,
    errors=(Throttled,),
)
def read_restricted(call: Call[RestrictedArgs]) -> SecretModel:
    return answers.whole(_read(call, visit_opening(call), restricted_access(call)), call.now)


def _read(call: Call[Any], asker: Visit, how: Access) -> Opened:
    return wiring.vault().read(asker, at(call), how, hidden=not call.query.without_hidden)


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}",
    query=AccessQuery,
    body=SecretUpdateArgs,
    returns=SecretModel,
    writes="vault",
    reads=secret_rows,
    errors=(Throttled,),
)
def update(call: Call[SecretUpdateArgs]) -> SecretModel:
    asker, where = visit_opening(call), at(call)
    if where.id and call.body.id not in (None, 0, where.id):
        raise Invalid("The id of the body is another secret's.")
    known = wiring.secret_finder().secret(asker, where, Deed.EDIT).secret
    change = wiring.ssh_keys().change(asker, where, call.body.change(known), call.body.keys())
    changed = wiring.vault_edits().change(asker, where, change, shows=True)
    return answers.whole(wiring.vault().shown(asker, changed), call.now)


@endpoint(
    "DELETE",
    "/api/v1/secrets/{id}",
    query=AccessQuery,
    returns=DeletedModel,
    writes="vault",
    reads=secret_rows,
    errors=[StillUsed],
)
def delete(call: Call[None]) -> DeletedModel:
    gone = wiring.vault().delete(visit(call), at(call))
    return DeletedModel(gone.secret.id, "Secret")


@endpoint(
    "PUT", "/api/v1/secrets/{id}/undelete", returns=SecretModel, writes="vault", reads=secret_rows
)
def undelete(call: Call[None]) -> SecretModel:
    restored = wiring.vault().restore(visit(call), at(call))
    return answers.whole(Opened(restored, {}), call.now)


@endpoint(
    "PUT",
    "/api/v3/secrets/{id}/activate",
    query=AccessQuery,
    returns=ActivateSecretResponseModel,
    writes="vault",
    reads=secret_rows,
)
def activate(call: Call[None]) -> ActivateSecretResponseModel:
    wiring.vault().restore(visit(call), at(call))
    return ActivateSecretResponseModel(success=True)


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/activate",
    query=AccessQuery,
    returns=SecretDetailGeneralModel,
    writes="vault",
    reads=marked_rows,
)
def activate_v1(call: Call[None]) -> SecretDetailGeneralModel:
    asker = visit(call)
    restored = wiring.vault().restore(asker, at(call))
    return answers.general(restored, call.now, wiring.favourites().of(asker))


@endpoint(
    "PUT",
    "/api/v2/secrets/{id}/activate",
    query=AccessQuery,
    returns=SecretDetailGeneralModel,
    writes="vault",
    reads=marked_rows,
)
def activate_v2(call: Call[None]) -> SecretDetailGeneralModel:
    return activate_v1(call)


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/summary",
    query=SummaryQuery,
    returns=SecretSummary,
    reads=marked_rows,
)
def summary(call: Call[None]) -> SecretSummary:
    asker = visit(call)
    found = wiring.vault().glimpse(asker, at(call))
    favourites = wiring.favourites().of(asker) if call.query.show_favorite else None
    return summary_answers.summary(found, call.now, favourites)


@endpoint(
    "GET",
    "/api/v1/secrets/lookup/{id}",
    query=AccessQuery,
    returns=SecretLookup,
    reads=secret_rows,
)
def lookup(call: Call[None]) -> SecretLookup:
    return summary_answers.lookup(wiring.vault().glimpse(visit(call), at(call)))
