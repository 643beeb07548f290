"""Secret templates: found, made, changed; generated passwords."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.paging import page
from chalicelib.vault.templates import FieldType, Template
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Logic, Paged, paged, paged_answer

from . import template_answers as answers
from . import template_args as args
from . import template_models as models
from .folder_models import SecretTemplateSummary
from .secret_answers import revealed
from .visiting import visit

VIEW, ADMINISTER = "View Secret Templates", "Administer Secret Templates"
CHANGES = (Conflict, Unavailable)


@endpoint(
    "GET",
    "/api/v1/secret-templates",
    query=models.TemplateQuery,
    returns=Paged[SecretTemplateSummary],
    permission=VIEW,
    or_permission=ADMINISTER,
)
def search(call: Call[None]) -> Paged[SecretTemplateSummary]:
    asked: models.TemplateQuery = call.query
    kinds = wiring.templates().current().templates.values()
    found = [answers.summary(one) for one in kinds if _matches(one, asked)]
    found.sort(key=lambda one: one.name.casefold())
    shown = page(found, paged(asked), _property)
    if asked.include_secret_count:
        counts = wiring.vault_search().counts()
        for one in shown.records:
            one.secret_count = counts[one.id]
    return paged_answer(shown, lambda one: one)


def _matches(one: Template, asked: models.TemplateQuery) -> bool:
    summary = answers.summary(one)
    flags = {"true": True, "false": False}
    heartbeat = flags.get(asked.heartbeat_enabled.lower(), summary.heartbeat_enabled)
    ready = flags.get(asked.password_type_ready.lower(), summary.password_type_ready)
    tests = (
        asked.include_inactive or one.is_active,
        asked.search_text.strip().casefold() in one.name.casefold(),
        not asked.password_type_ids or summary.password_type_id in asked.password_type_ids,
        (heartbeat, ready) == (summary.heartbeat_enabled, summary.password_type_ready),
    )
    return all(tests)


@endpoint(
    "POST",
    "/api/v1/secret-templates",
    body=models.TemplateCreateArgs,
    returns=models.SecretTemplateModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[models.TemplateCreateArgs]) -> models.SecretTemplateModel:
    known = wiring.templates().current()
    fields = [args.new_field(one, known) for one in call.body.fields]
    return answers.whole(wiring.templates().create(visit(call), args.draft(call.body), fields))


@endpoint(
    "GET",
    "/api/v1/secret-templates/{id}",
    returns=models.SecretTemplateModel,
    permission=VIEW,
    or_permission=(ADMINISTER, "View Secret"),
)
def read(call: Call[None]) -> models.SecretTemplateModel:
    """Also for who may view secrets: they are shown by the fields of their templates."""
    return answers.whole(wiring.templates().current().template(call.id()))


@endpoint(
    "GET",
    "/api/v2/secret-templates/{id}",
    returns=models.SecretTemplateDetailModel,
    permission=VIEW,
    or_permission=ADMINISTER,
)
def read_v2(call: Call[None]) -> models.SecretTemplateDetailModel:
    return _detail(wiring.templates().current().template(call.id()))


@endpoint(
    "PATCH",
    "/api/v2/secret-templates/{id}",
    body=models.TemplatePatchArgs,
    returns=models.SecretTemplateDetailModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch(call: Call[models.TemplatePatchArgs]) -> models.SecretTemplateDetailModel:
    change = partial(args.patched, call.body.data)
    return _detail(wiring.templates().change(visit(call), call.id(), change))


@endpoint(
    "PATCH",
    "/api/v1/secret-templates/{id}",
    body=models.TemplatePatchArgs,
    returns=models.SecretTemplateDetailModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch_v1(call: Call[models.TemplatePatchArgs]) -> models.SecretTemplateDetailModel:
    return patch(call)


@endpoint(
    "GET",
    "/api/v1/secret-templates/{id}/password-type",
    returns=models.SecretTemplatePasswordTypeModel,
    permission=VIEW,
    or_permission=ADMINISTER,
)
def read_type(call: Call[None]) -> models.SecretTemplatePasswordTypeModel:
    return answers.password_type(wiring.templates().current().template(call.id()))


@endpoint(
    "PATCH",
    "/api/v1/secret-templates/{id}/password-type",
    body=models.PasswordTypePatchArgs,
    returns=models.SecretTemplatePasswordTypeModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch_type(
    call: Call[models.PasswordTypePatchArgs],
) -> models.SecretTemplatePasswordTypeModel:
    change = partial(args.patched_type, call.body.data)
    return answers.password_type(wiring.templates().change(visit(call), call.id(), change))


@endpoint(
    "GET",
    "/api/v1/secret-extensions/web-secret-templates",
    returns=Logic[Sequence[models.SecretTemplateModel]],
)
def of_web_pages(_call: Call[None]) -> Logic[Sequence[models.SecretTemplateModel]]:
    """The templates of secrets that belong to a web page: those with an address and a password"""
    kinds = wiring.templates().current().templates.values()
    found = [one for one in kinds if one.is_active and _is_of_web(one)]
    return Logic([answers.whole(one) for one in sorted(found, key=lambda one: one.id)])


def _is_of_web(one: Template) -> bool:
    has_address = any(each.type in (FieldType.URL, FieldType.URL_LIST) for each in one.fields)
    return has_address and any(each.is_password for each in one.fields)


@endpoint("POST", "/api/v1/secret-templates/generate-password/{secretfieldId}", returns=str)
def generate_password(call: Call[None]) -> str:
    _, one = wiring.templates().current().field(call.id("secretfieldId"))
    return revealed(wiring.vault().generated(one))


def _detail(one: Template) -> models.SecretTemplateDetailModel:
    return answers.detail(one, wiring.vault_search().counts()[one.id])


def _property(one: SecretTemplateSummary, name: str) -> object:
    return {"id": one.id, "name": one.name, "active": one.active}.get(name.lower())
