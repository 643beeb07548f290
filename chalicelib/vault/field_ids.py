"""Ids and slugs of templates' fields. Pure.

An id is that of the template, times a hundred, and the field's number.
"""

from __future__ import annotations

import re

FIELDS_PER_TEMPLATE = 100
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def template_of_field(field_id: int) -> int:
    """The id of the template that a field belongs to."""
    return field_id // FIELDS_PER_TEMPLATE


def field_id(template_id: int, number: int) -> int:
    return template_id * FIELDS_PER_TEMPLATE + number


def slug_of(name: str) -> str:
    """The slug that a name gives: lower case, with dashes."""
    return _NO_SLUG.sub("-", name.strip().lower()).strip("-")
