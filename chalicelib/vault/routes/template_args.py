"""What clients send about templates, as changes of what there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from chalicelib.core.errors import Invalid
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.field_ids import slug_of
from chalicelib.vault.one_time import SLUG
from chalicelib.vault.one_time_terms import OneTimeTerms
from chalicelib.vault.requirement import Requirement
from chalicelib.vault.template_change import with_options
from chalicelib.vault.templates import (
    EditRight,
    FieldType,
    Option,
    Part,
    Template,
    TemplateField,
)
from chalicelib.web.shapes import Dirty, applied

from . import template_models as models
from .template_answers import CHANGER_IDS, PART_IDS, changer_id

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

NEW_HISTORY = 10
"""Former values that a new password field keeps, if nobody says how many."""

LIST_TYPES = {"generic": FieldType.LIST, "url": FieldType.URL_LIST}
MIN_HEARTBEAT = timedelta(minutes=15)
MAX_HEARTBEAT = timedelta(days=365)


def one_of(kind: type[E], name: str, given: str) -> E:
    """The member that a client names, in any case. Invalid for none."""
    for one in kind:
        if one.value.casefold() == given.strip().casefold():
            return one
    raise Invalid(f"{name} must be one of {', '.join(kind)}.")


def draft(args: models.TemplateCreateArgs) -> Template:
    """The template to be made, without its fields. Invalid for a changer that there is not."""
    changers = {id: name for name, id in CHANGER_IDS.items()}
    if args.password_type_id and args.password_type_id not in changers:
        known = ", ".join(map(str, sorted(changers)))
        raise Invalid(f"passwordTypeId must be one of {known}, or null.")
    return Template(0, args.name.strip(), (), changers.get(args.password_type_id or 0, ""))


def new_field(args: models.FieldArgs, known: Definitions) -> tuple[TemplateField, Part | None]:
    """A field to be made, and the part that it holds. A password's requirement is the default."""
    name = (args.name or args.display_name or "").strip()
    kind = _type_of(args) or FieldType.TEXT
    is_password = kind is FieldType.PASSWORD
    bare = TemplateField(
        0,
        0,
        name,
        (args.field_slug_name or slug_of(name)).strip().lower(),
        kind,
        history=NEW_HISTORY if is_password else 0,
        requirement=known.default.id if is_password else None,
    )
    return changed_field(args, bare, known), part_of(args.password_type_field_id)


def part_of(id: int | None) -> Part | None:
    """The part of a passwordTypeFieldId; None for 0."""
    parts = {number: part for part, number in PART_IDS.items()}
    if id and id not in parts:
        raise Invalid(f"passwordTypeFieldId must be 0 to {len(parts)}.")
    return parts.get(id or 0)


def changed_field(
    args: models.FieldArgs, known: TemplateField, all_known: Definitions
) -> TemplateField:
    """The field with what came of a v1 body."""
    kind = _type_of(args) or known.type
    requirement = known.requirement
    if args.password_requirement_id and kind is FieldType.PASSWORD:
        requirement = args.password_requirement_id
    _demand_made_alike(args, [known.rules, all_known.requirements.get(requirement or 0)])
    right = args.edit_requires
    return replace(
        known,
        name=_or(args.name, _or(args.display_name, known.name)).strip(),
        slug=_or(args.field_slug_name, known.slug).strip().lower() or known.slug,
        type=kind,
        description=_or(args.description, known.description).strip(),
        order=_or(args.sort_order, known.order),
        is_required=_or(args.is_required, known.is_required),
        is_indexable=_or(args.is_indexable, known.is_indexable),
        history=_or(args.history_length, known.history),
        requirement=requirement,
        edit_right=one_of(EditRight, "editRequires", right) if right else known.edit_right,
        hide_on_view=_or(args.hide_on_view, known.hide_on_view),
    )


def _demand_made_alike(args: models.FieldArgs, rules: Iterable[Requirement | None]) -> None:
    """Raise Invalid for passwords made otherwise than one of these requirements says."""
    told = [(one.length, one.allowed.characters) for one in rules if one] or [(0, "")]
    length, characters = zip(*told, strict=True)
    if args.generate_password_length and args.generate_password_length not in length:
        raise Invalid("generatePasswordLength is said by the password requirement.")
    if args.generate_password_character_set and args.generate_password_character_set not in (
        characters
    ):
        raise Invalid("generatePasswordCharacterSet is said by the password requirement.")


def _type_of(args: models.FieldArgs) -> FieldType | None:
    """The type that the flags of a v1 body say; None when there are none."""
    flags = {
        FieldType.PASSWORD: args.is_password,
        FieldType.FILE: args.is_file,
        FieldType.NOTES: args.is_notes,
        FieldType.URL: args.is_url,
    }
    asked = (args.list_type or "none").casefold()
    if asked != "none" and asked not in LIST_TYPES:
        raise Invalid("listType must be None, Generic or URL.")
    listed = LIST_TYPES.get(asked)
    said = [kind for kind, is_so in flags.items() if is_so] + ([listed] if listed else [])
    if len(said) > 1:
        raise Invalid("A field is of one type: isPassword, isFile, isNotes, isUrl or a list.")
    if said:
        return said[0]
    is_told = any(one is not None for one in flags.values()) or args.list_type is not None
    return FieldType.TEXT if is_told else None


def new_field_v2(args: models.NewField, default: int) -> tuple[TemplateField, Part | None]:
    kind = one_of(FieldType, "dataType", args.data_type)
    is_password = kind is FieldType.PASSWORD
    made = TemplateField(
        0,
        0,
        args.name.strip(),
        (args.field_slug_name or slug_of(args.name)).strip().lower(),
        kind,
        description=args.description.strip(),
        history=NEW_HISTORY if is_password else 0,
        requirement=default if is_password else None,
    )
    return made, None


def patched_field(patch: models.FieldPatch, known: TemplateField) -> TemplateField:
    """The field with what is dirty of a patch. Invalid for what would keep values in the clear."""
    if applied(patch.expose_for_display, current=False):
        raise Invalid("exposeForDisplay: Conclave keeps no value in the clear.")
    if applied(patch.save_all_history, current=False):
        raise Invalid("saveAllHistory is not available: historyLength says how many are kept.")
    kind = applied(patch.data_type, known.type.value)
    right = applied(patch.edit_requires_permission, known.edit_right.value)
    return replace(
        known,
        is_active=applied(patch.active, known.is_active),
        type=one_of(FieldType, "dataType", kind),
        description=applied(patch.description, known.description).strip(),
        options=_options(patch, known),
        edit_right=one_of(EditRight, "editRequiresPermission", right),
        history=applied(patch.history_length, known.history),
        name=applied(patch.name, known.name).strip(),
        requirement=applied(patch.password_requirement, known.requirement),
        is_required=applied(patch.required, known.is_required),
        is_indexable=applied(patch.searchable, known.is_indexable),
        slug=applied(patch.slug_name, known.slug).strip().lower(),
        order=applied(patch.sort_order, known.order),
        needs_edit=applied(patch.viewing_requires_edit, known.needs_edit),
    )


def _options(patch: models.FieldPatch, known: TemplateField) -> tuple[Option, ...]:
    ids = {one.value: one.id for one in known.options}
    gone = [one.id or ids.get(one.value, 0) for one in _given(patch.dropdown_options_to_remove)]
    renamed = {one.id: one.value for one in _given(patch.dropdown_options_to_update)}
    added = _given(patch.dropdown_options_to_add)
    return with_options(known.options, added, gone, renamed)


def _given(patch: Dirty[Sequence[T]] | None) -> Sequence[T]:
    nothing: Sequence[T] = ()
    return applied(patch, nothing)


def patched(patch: models.TemplatePatch, known: Template) -> Template:
    """The template with what is dirty of a patch."""
    _demand_kept(patch, known)
    return replace(
        known,
        is_active=applied(patch.active, known.is_active),
        description=applied(patch.description, known.description).strip(),
        expires_after=_age(patch, known.expires_after),
        name=applied(patch.name, known.name).strip(),
        name_pattern=applied(patch.name_pattern, known.name_pattern).strip(),
        name_pattern_error=applied(
            patch.name_pattern_error_message, known.name_pattern_error
        ).strip(),
        validate_on_create=applied(
            patch.validate_password_requirements_on_create, known.validate_on_create
        ),
        validate_on_edit=applied(
            patch.validate_password_requirements_on_edit, known.validate_on_edit
        ),
        one_time=_one_time(patch, known),
    )


def _one_time(patch: models.TemplatePatch, known: Template) -> OneTimeTerms:
    """How codes are made. Whether there are any, the template's field for the key says."""
    has_field = any(one.slug == SLUG for one in known.fields)
    if applied(patch.one_time_password_enabled, has_field) is not has_field:
        raise Invalid(f"oneTimePasswordEnabled: add a password field {SLUG}, or take it off.")
    terms = known.one_time
    return OneTimeTerms(
        applied(patch.one_time_password_length, terms.length),
        applied(patch.one_time_password_duration, terms.duration),
        applied(patch.one_time_password_hash, terms.hash).upper(),
    )


def _demand_kept(patch: models.TemplatePatch, known: Template) -> None:
    """Raise Invalid for another field to change at expiration, or another right: both are fixed."""
    field = known.password.id if known.password else None
    if (applied(patch.expiration_change_required_on_field_id, field) or None) != field:
        raise Invalid("expirationChangeRequiredOnFieldId: it is the password that is to change.")
    right = patch.permission_required_to_edit_password_change_configuration
    if applied(right, "Edit").casefold() != "edit":
        raise Invalid("permissionRequiredToEditPasswordChangeConfiguration must be Edit.")


def _age(patch: models.TemplatePatch, known: timedelta | None) -> timedelta | None:
    """How old passwords may get: days that are given switch expiration on, 0 days switch it off."""
    days = applied(patch.expiration_days, known.days if known else 0)
    is_on = applied(patch.expiration_enabled, bool(days))
    if not is_on:
        return None
    if not 1 <= days <= 36_500:
        raise Invalid("expirationDays must be 1 to 36500.")
    return timedelta(days=days)


def patched_type(patch: models.PasswordTypePatch, known: Template) -> Template:
    """The template with another heartbeat interval. What its changer asks for is set at creation:
    another field as the machine would send the passwords of its secrets somewhere else.
    """
    present = (changer_id(known), bool(known.changer), bool(known.changer))
    wanted = (
        applied(patch.password_type_id, present[0]),
        applied(patch.enable_heartbeat, present[1]),
        applied(patch.enable_rpc, present[2]),
    )
    if wanted != present:
        raise Invalid("What checks and changes the passwords is said when a template is made.")
    every = known.heartbeat_every
    minutes = every % timedelta(hours=1) // timedelta(minutes=1)
    every = timedelta(
        days=_bounded(applied(patch.heartbeat_interval_days, every.days)),
        hours=_bounded(
            applied(patch.heartbeat_interval_hours, every % timedelta(days=1) // timedelta(hours=1))
        ),
        minutes=_bounded(applied(patch.heartbeat_interval_minutes, minutes)),
    )
    if not MIN_HEARTBEAT <= every <= MAX_HEARTBEAT:
        raise Invalid("The heartbeat interval must be 15 minutes to 365 days.")
    return replace(known, heartbeat_every=every)


def _bounded(number: int) -> int:
    if not 0 <= number <= 1_000_000:
        raise Invalid("The heartbeat interval must be 15 minutes to 365 days.")
    return number


def _or(given: T | None, known: T) -> T:
    return known if given is None else given
