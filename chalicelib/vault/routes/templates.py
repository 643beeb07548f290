"""Secret templates and generated passwords."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.paging import page
from chalicelib.vault.passwords import requirement
from chalicelib.vault.templates import (
    TEMPLATES,
    FieldType,
    Part,
    Template,
    TemplateField,
    field_of,
    template,
)
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, Struct, paged, paged_answer

from .folder_models import SecretTemplateSummary
from .secret_answers import revealed


class SecretTemplateField(Struct):
    secret_template_field_id: int
    field_slug_name: str
    name: str
    display_name: str
    description: str
    sort_order: int
    is_required: bool
    is_password: bool
    is_notes: bool
    is_file: bool
    is_url: bool
    is_indexable: bool
    history_length: int
    password_requirement_id: int
    password_type_field_id: int
    generate_password_length: int | None
    generate_password_character_set: str
    editable_permission: int = 0
    edit_requires: str = "Edit"
    hide_on_view: bool = False
    is_expiration_field: bool = False
    is_list: bool = False
    list_type: str = "None"
    must_encrypt: bool = True


class SecretTemplateModel(Struct):
    id: int
    name: str
    password_type_id: int | None
    fields: Sequence[SecretTemplateField]
    concurrency_id: str = ""


class SecretTemplateFieldModel(Struct):
    id: int
    name: str
    slug_name: str
    description: str
    data_type: str
    required: bool
    searchable: bool
    sort_order: int
    history_length: int
    password_requirement: int | None
    active: bool = True
    dropdown_options: Sequence[str] = ()
    edit_requires_permission: str = "Edit"
    expose_for_display: bool = False
    save_all_history: bool = False
    viewing_requires_edit: bool = False


class SecretTemplateFieldSummaryModel(Struct):
    id: int
    name: str
    slug_name: str
    description: str
    type: str
    required: bool
    searchable: bool
    sort_order: int
    history_length: int
    active: bool = True
    edit_requires_permission: str = "Edit"
    expose_for_display: bool = False
    viewing_requires_edit: bool = False


class SecretTemplateDetailModel(Struct):
    id: int
    name: str
    expiration_days: int | None
    validate_password_requirements_on_create: bool
    validate_password_requirements_on_edit: bool
    active: bool = True
    description: str = ""
    expiration_change_required_on_field_id: int | None = None
    name_pattern: str = ""
    name_pattern_error_message: str = ""
    one_time_password_duration: int | None = None
    one_time_password_enabled: bool = False
    one_time_password_hash: str | None = None
    one_time_password_length: int | None = None
    permission_required_to_edit_password_change_configuration: str = "Edit"  # noqa: S105
    save_all_name_history: bool = False
    secret_count: int = 0
    secret_name_history_length: int | None = None
    ssh_key_algorithm: str = ""
    ssh_key_format: str = ""
    ssh_key_size: str | None = None
    ticket_system_script_args: str = ""


class TemplateQuery(PagedQuery):
    search_text: str = ""
    heartbeat_enabled: str = ""
    password_type_ids: Sequence[int] = ()


class FieldQuery(PagedQuery):
    secret_template_id: int | None = None


@endpoint(
    "GET", "/api/v1/secret-templates", query=TemplateQuery, returns=Paged[SecretTemplateSummary]
)
def search(call: Call[None]) -> Paged[SecretTemplateSummary]:
    asked: TemplateQuery = call.query
    wanted = asked.search_text.strip().casefold()
    found = [summary(one) for one in TEMPLATES.values() if wanted in one.name.casefold()]
    checked = {"true": True, "false": False}.get(asked.heartbeat_enabled.lower())
    if checked is not None:
        found = [one for one in found if one.heartbeat_enabled is checked]
    found.sort(key=lambda one: one.name.casefold())
    return paged_answer(page(found, paged(asked), _property), lambda one: one)


@endpoint("GET", "/api/v1/secret-templates/{id}", returns=SecretTemplateModel)
def read(call: Call[None]) -> SecretTemplateModel:
    found = template(call.id())
    fields = [_field(found, one) for one in found.fields]
    return SecretTemplateModel(found.id, found.name, _changer_id(found), fields)


@endpoint("GET", "/api/v2/secret-templates/{id}", returns=SecretTemplateDetailModel)
def read_v2(call: Call[None]) -> SecretTemplateDetailModel:
    found = template(call.id())
    password, age = found.password, found.expires_after
    return SecretTemplateDetailModel(
        id=found.id,
        name=found.name,
        expiration_days=age.days if age else None,
        validate_password_requirements_on_create=found.validate_on_create,
        validate_password_requirements_on_edit=found.validate_on_edit,
        expiration_change_required_on_field_id=password.id if password else None,
    )


@endpoint(
    "GET",
    "/api/v1/secret-templates/fields/search",
    query=FieldQuery,
    returns=Paged[SecretTemplateFieldSummaryModel],
)
def search_fields(call: Call[None]) -> Paged[SecretTemplateFieldSummaryModel]:
    asked: FieldQuery = call.query
    wanted = asked.secret_template_id
    templates = [template(wanted)] if wanted else list(TEMPLATES.values())
    fields = [_field_summary(field) for one in templates for field in one.fields]
    return paged_answer(page(fields, paged(asked)), lambda one: one)


@endpoint(
    "GET", "/api/v1/secret-templates/fields/{secretFieldId}", returns=SecretTemplateFieldModel
)
def read_field(call: Call[None]) -> SecretTemplateFieldModel:
    _, one = field_of(call.id("secretFieldId"))
    return SecretTemplateFieldModel(
        id=one.id,
        name=one.name,
        slug_name=one.slug,
        description=one.description,
        data_type=one.type.value,
        required=one.is_required,
        searchable=one.is_indexable,
        sort_order=one.number,
        history_length=one.history,
        password_requirement=one.requirement,
    )


@endpoint("POST", "/api/v1/secret-templates/generate-password/{secretfieldId}", returns=str)
def generate_password(call: Call[None]) -> str:
    _, one = field_of(call.id("secretfieldId"))
    return revealed(wiring.vault().generated(one))


def summary(one: Template) -> SecretTemplateSummary:
    return SecretTemplateSummary(
        one.id,
        one.name,
        heartbeat_enabled=bool(one.changer),
        password_type_id=_changer_id(one),
        password_type_ready=bool(one.changer),
    )


CHANGER_IDS = {"unix_ssh": 3, "postgresql": 30}
"""The contract's passwordTypeId of each changer."""


def _changer_id(one: Template) -> int | None:
    return CHANGER_IDS.get(one.changer)


def _property(one: SecretTemplateSummary, name: str) -> object:
    return {"id": one.id, "name": one.name, "active": one.active}.get(name.lower())


def _field(kind: Template, one: TemplateField) -> SecretTemplateField:
    rules = requirement(one.requirement)
    parts = {slug: number for number, slug in enumerate(map(kind.parts.get, Part), 1) if slug}
    return SecretTemplateField(
        secret_template_field_id=one.id,
        field_slug_name=one.slug,
        name=one.name,
        display_name=one.name,
        description=one.description,
        sort_order=one.number,
        is_required=one.is_required,
        is_password=one.is_password,
        is_notes=one.type is FieldType.NOTES,
        is_file=one.is_file,
        is_url=one.type is FieldType.URL,
        is_indexable=one.is_indexable,
        history_length=one.history,
        password_requirement_id=rules.id if one.is_password else 0,
        password_type_field_id=parts.get(one.slug, 0),
        generate_password_length=rules.length if one.is_password else None,
        generate_password_character_set=rules.characters if one.is_password else "",
    )


def _field_summary(one: TemplateField) -> SecretTemplateFieldSummaryModel:
    return SecretTemplateFieldSummaryModel(
        id=one.id,
        name=one.name,
        slug_name=one.slug,
        description=one.description,
        type=one.type.value,
        required=one.is_required,
        searchable=one.is_indexable,
        sort_order=one.number,
        history_length=one.history,
    )
