"""Ids of templates' fields: that of the template, times a hundred, and the field's number. Pure."""

from __future__ import annotations

FIELDS_PER_TEMPLATE = 100


def template_of_field(field_id: int) -> int:
    """The id of the template that a field belongs to."""
    return field_id // FIELDS_PER_TEMPLATE


def field_id(template_id: int, number: int) -> int:
    return template_id * FIELDS_PER_TEMPLATE + number
