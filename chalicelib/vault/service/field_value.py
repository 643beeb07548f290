"""What a field takes."""

from __future__ import annotations

from chalicelib.core.errors import Invalid, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.vault.secret import MAX_VALUE
from chalicelib.vault.templates import TemplateField


def check_value(one: TemplateField, value: Plain) -> Plain:
    """The value, if the field takes it. Raises Invalid or TooLarge, never showing it."""
    if one.is_file and value:
        raise Invalid(f"{one.name} holds a file: send it as one.")
    if len(value.reveal()) > MAX_VALUE:
        raise TooLarge(f"{one.name} has at most {MAX_VALUE} characters.")
    if value and not one.takes(value.reveal()):
        raise Invalid(f"{one.name} takes one of its options only.")
    return value
