"""Templates as answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from chalicelib.vault.one_time import SLUG
from chalicelib.vault.requirement import DEFAULT
from chalicelib.vault.templates import FieldType, Part, Template, TemplateField

from . import template_models as models
from .folder_models import SecretTemplateSummary
from .secret_answers import list_type

CHANGER_IDS: Mapping[str, int] = {"unix_ssh": 3, "postgresql": 30}
"""The contract's passwordTypeId of each changer."""

PART_IDS: Mapping[Part, int] = {part: number for number, part in enumerate(Part, 1)}
"""The contract's passwordTypeFieldId of each part."""

_EDITION = UUID("00000000-0000-4000-8000-000000000000").int
"""A version of a template as a UUID, as clients read it: its last digits count."""


def changer_id(one: Template) -> int | None:
    return CHANGER_IDS.get(one.changer)


def summary(one: Template, count: int | None = None) -> SecretTemplateSummary:
    return SecretTemplateSummary(
        one.id,
        one.name,
        active=one.is_active,
        heartbeat_enabled=bool(one.changer),
        password_type_id=changer_id(one),
        password_type_ready=bool(one.changer),
        secret_count=count,
    )


def whole(one: Template) -> models.SecretTemplateModel:
    return models.SecretTemplateModel(
        one.id,
        one.name,
        changer_id(one),
        [v1_field(one, each) for each in one.fields],
        str(UUID(int=_EDITION | (one.version or 0))),
    )


def detail(one: Template, count: int) -> models.SecretTemplateDetailModel:
    password, age = one.password, one.expires_after
    return models.SecretTemplateDetailModel(
        id=one.id,
        name=one.name,
        expiration_days=age.days if age else None,
        validate_password_requirements_on_create=one.validate_on_create,
        validate_password_requirements_on_edit=one.validate_on_edit,
        active=one.is_active,
        description=one.description,
        name_pattern=one.name_pattern,
        name_pattern_error_message=one.name_pattern_error,
        secret_count=count,
        expiration_change_required_on_field_id=password.id if password else None,
        one_time_password_duration=one.one_time.duration,
        one_time_password_enabled=any(each.slug == SLUG for each in one.fields),
        one_time_password_hash=one.one_time.hash,
        one_time_password_length=one.one_time.length,
    )


def v1_field(kind: Template, one: TemplateField) -> models.SecretTemplateField:
    rules = one.rules or DEFAULT
    parts = {slug: PART_IDS[part] for part, slug in kind.parts.items()}
    return models.SecretTemplateField(
        secret_template_field_id=one.id,
        field_slug_name=one.slug,
        name=one.name,
        display_name=one.name,
        description=one.description,
        sort_order=one.place,
        is_required=one.is_required,
        is_password=one.is_password,
        is_notes=one.type is FieldType.NOTES,
        is_file=one.is_file,
        is_url=one.type is FieldType.URL,
        is_list=one.is_list,
        list_type=list_type(one),
        is_indexable=one.is_indexable,
        history_length=one.history,
        password_requirement_id=one.requirement or 0,
        password_type_field_id=parts.get(one.slug, 0),
        generate_password_length=rules.length if one.is_password else None,
        generate_password_character_set=rules.allowed.characters if one.is_password else "",
        edit_requires=one.edit_right.value,
        hide_on_view=one.hide_on_view,
    )


def field(one: TemplateField) -> models.SecretTemplateFieldModel:
    return models.SecretTemplateFieldModel(
        id=one.id,
        name=one.name,
        slug_name=one.slug,
        description=one.description,
        data_type=one.type.value,
        required=one.is_required,
        searchable=one.is_indexable,
        sort_order=one.place,
        history_length=one.history,
        password_requirement=one.requirement,
        active=one.is_active,
        dropdown_options=[
            models.SecretTemplateFieldOptionModel(option.id, option.value) for option in one.options
        ],
        edit_requires_permission=one.edit_right.value,
        viewing_requires_edit=one.needs_edit,
    )


def field_summary(one: TemplateField) -> models.SecretTemplateFieldSummaryModel:
    return models.SecretTemplateFieldSummaryModel(
        id=one.id,
        name=one.name,
        slug_name=one.slug,
        description=one.description,
        type=one.type.value,
        required=one.is_required,
        searchable=one.is_indexable,
        sort_order=one.place,
        history_length=one.history,
        active=one.is_active,
        edit_requires_permission=one.edit_right.value,
        viewing_requires_edit=one.needs_edit,
    )


def password_type(one: Template) -> models.SecretTemplatePasswordTypeModel:
    """What checks and changes the passwords of the template's secrets, and how often."""
    every, has_changer = one.heartbeat_every, bool(one.changer)
    hours, minutes = every % timedelta(days=1) // timedelta(hours=1), every % timedelta(hours=1)
    return models.SecretTemplatePasswordTypeModel(
        password_type_id=changer_id(one),
        enable_heartbeat=has_changer,
        enable_rpc=has_changer,
        fields=[_mapped(one, part) for part in Part if part in one.parts],
        password_type_fields=[
            models.FieldDropDownOption(part.value.title(), str(id)) for part, id in PART_IDS.items()
        ],
        secret_type_fields=[
            models.FieldDropDownOption(each.name, str(each.id)) for each in one.fields
        ],
        heartbeat_interval_days=every.days,
        heartbeat_interval_hours=hours,
        heartbeat_interval_minutes=minutes // timedelta(minutes=1),
        heartbeat_interval_display=f"{every // timedelta(minutes=1)} minutes",
    )


def _mapped(kind: Template, part: Part) -> models.PasswordTypeFieldModel:
    one = kind.by_slug(kind.parts[part])
    return models.PasswordTypeFieldModel(
        PART_IDS[part], part.value.title(), part.value, one.id, one.name
    )
