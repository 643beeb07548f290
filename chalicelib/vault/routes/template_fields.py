"""Fields of templates: found, added, changed, taken off."""

from __future__ import annotations

from functools import partial

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import page
from chalicelib.vault.field_ids import template_of_field
from chalicelib.vault.templates import TemplateField
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from . import template_answers as answers
from . import template_args as args
from . import template_models as models
from .templates import ADMINISTER, CHANGES, VIEW
from .visiting import visit


@endpoint(
    "GET",
    "/api/v1/secret-templates/fields/search",
    query=models.FieldQuery,
    returns=Paged[models.SecretTemplateFieldSummaryModel],
    permission=VIEW,
    or_permission=ADMINISTER,
)
def search(call: Call[None]) -> Paged[models.SecretTemplateFieldSummaryModel]:
    asked: models.FieldQuery = call.query
    known, wanted = wiring.templates().current(), asked.secret_template_id
    kinds = [known.template(wanted)] if wanted else list(known.templates.values())
    fields = [
        one
        for kind in kinds
        for one in (kind.all_fields if asked.include_inactive else kind.fields)
    ]
    return paged_answer(page(fields, paged(asked)), answers.field_summary)


@endpoint(
    "GET",
    "/api/v1/secret-templates/fields/{secretFieldId}",
    returns=models.SecretTemplateFieldModel,
    permission=VIEW,
    or_permission=ADMINISTER,
)
def read(call: Call[None]) -> models.SecretTemplateFieldModel:
    _, one = wiring.templates().current().field(call.id("secretFieldId"))
    return answers.field(one)


@endpoint(
    "PATCH",
    "/api/v1/secret-templates/fields/{secretFieldId}",
    body=models.FieldPatchArgs,
    returns=models.SecretTemplateFieldModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch(call: Call[models.FieldPatchArgs]) -> models.SecretTemplateFieldModel:
    change = partial(args.patched_field, call.body.data)
    _, one = wiring.templates().change_field(visit(call), call.id("secretFieldId"), change)
    return answers.field(one)


@endpoint(
    "POST",
    "/api/v1/secret-templates/{id}/fields",
    body=models.NewFieldArgs,
    returns=models.SecretTemplateFieldModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def add(call: Call[models.NewFieldArgs]) -> models.SecretTemplateFieldModel:
    new = args.new_field_v2(call.body.data, wiring.templates().current().default.id)
    return answers.field(wiring.templates().add_field(visit(call), call.id(), new)[1])


@endpoint(
    "POST",
    "/api/v1/secret-templates/{id}",
    body=models.FieldArgs,
    returns=models.SecretTemplateField,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def add_v1(call: Call[models.FieldArgs]) -> models.SecretTemplateField:
    new = args.new_field(call.body, wiring.templates().current())
    return answers.v1_field(*wiring.templates().add_field(visit(call), call.id(), new))


@endpoint(
    "PUT",
    "/api/v1/secret-templates/{id}",
    body=models.FieldArgs,
    returns=models.SecretTemplateField,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def change_v1(call: Call[models.FieldArgs]) -> models.SecretTemplateField:
    """The body names the field. What a changer asks for stays with its field."""
    id, part = call.body.secret_template_field_id, args.part_of(call.body.password_type_field_id)
    if id is None or template_of_field(id) != call.id():
        raise Invalid("secretTemplateFieldId must name a field of the template.")
    current = wiring.templates().current()
    kind, known = current.field(id)
    if part is not None and kind.parts.get(part) != known.slug:
        raise Invalid("passwordTypeFieldId is said when a field is made.")

    def change(one: TemplateField) -> TemplateField:
        return args.changed_field(call.body, one, current)

    return answers.v1_field(*wiring.templates().change_field(visit(call), id, change))
