"""What may be changed of a template, under the secrets that there are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from chalicelib.core.errors import Invalid

from .field_ids import field_id
from .templates import FIXED_TYPES, Option, Part, Template, TemplateField


def with_field(kind: Template, added: TemplateField, part: Part | None = None) -> Template:
    """The template with one more field, under a number of its own.

    A part that a changer asks for may come with a new field, which holds nothing yet, and only if
    it has none: what is sent to a target, and where to, never changes under a secret (DESIGN 8).
    """
    number = max((one.number for one in kind.all_fields), default=0) + 1
    made = replace(
        added, id=field_id(kind.id, number), number=number, key=f"field-{number}", order=added.order
    )
    parts = dict(kind.parts)
    if part is not None:
        _demand_free(kind, part, made)
        parts[part] = made.slug
    return replace(kind, all_fields=(*kind.all_fields, made), parts=MappingProxyType(parts))


def _demand_free(kind: Template, part: Part, made: TemplateField) -> None:
    if not kind.changer:
        raise Invalid("passwordTypeFieldId: nothing checks or changes passwords of this template.")
    if part in kind.parts:
        raise Invalid(f"The template has a field for {part} already.")
    if (part is Part.PASSWORD) is not made.is_password or made.is_file:
        raise Invalid(f"A field of the type {made.type} cannot hold {part}.")


def with_changed(
    kind: Template, id: int, change: Callable[[TemplateField], TemplateField]
) -> Template:
    """The template with one field changed. Its values stay where they are."""
    before = kind.by_id(id)
    after = change(before)
    mapped = before.slug in kind.parts.values()
    if before.type is not after.type and FIXED_TYPES & {before.type, after.type}:
        raise Invalid(f"A field of the type {before.type} does not become one of {after.type}.")
    if mapped and not after.is_active:
        raise Invalid(f"{before.name} is asked for when passwords are checked and changed.")
    fields = tuple(after if one.id == id else one for one in kind.all_fields)
    parts = {part: after.slug if slug == before.slug else slug for part, slug in kind.parts.items()}
    return replace(kind, all_fields=fields, parts=MappingProxyType(parts))


def with_options(
    options: tuple[Option, ...],
    added: Iterable[str],
    removed: Iterable[int],
    renamed: Mapping[int, str],
) -> tuple[Option, ...]:
    """The options after a change. Values that secrets have stay as they are."""
    gone = set(removed)
    kept = [
        replace(one, value=renamed.get(one.id, one.value).strip())
        for one in options
        if one.id not in gone
    ]
    first = max((one.id for one in options), default=0) + 1
    fresh = [Option(id, value.strip()) for id, value in enumerate(added, first)]
    return (*kept, *fresh)
