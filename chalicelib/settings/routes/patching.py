"""What a PATCH of the configuration changes. A field that nothing here obeys is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.settings.limits import Limit
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.shapes import Struct

Field: TypeAlias = Callable[[Any, Settings], dict[str, object]]
"""From a field's new value, and the settings with what came before it, to those that it sets."""


class ConfigurationPatch(Struct):
    """`data`: fields as `{"dirty": true, "value": ...}`, some of them in groups."""

    data: dict[str, Any]


def patched(call: Call[ConfigurationPatch], known: Mapping[str, Field]) -> Settings:
    """Set what is dirty. Raises Invalid, and then nothing has changed."""
    before = wiring.settings().fresh()
    changes: dict[str, Any] = {}
    for name, value in _dirty(call.body.data):
        field = known.get(name.lower())
        if field is None:
            raise Invalid(f"Conclave has no setting {name} to change here.")
        changes.update(field(value, replace(before, **changes)))
    if not changes:
        return before
    return wiring.settings().change(call.principal.user_id, changes, call.address)


def number(limit: Limit, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not limit.holds(value):
        raise limit.refusal()
    return value


def switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false.")
    return value


def always(name: str, wanted: object, text: str = "true") -> Field:
    """A field that has one value here: setting it to that changes nothing."""

    def check(value: object, _before: Settings) -> dict[str, object]:
        if value is not wanted and value != wanted:
            raise Invalid(f"{name} is always {text} in Conclave.")
        return {}

    return check


def _dirty(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in data.items():
        if not isinstance(field, Mapping):
            raise Invalid(f"{above}{name} must have dirty and value.")
        folded = {str(key).lower(): value for key, value in field.items()}
        if "dirty" not in folded:
            yield from _dirty(field, f"{above}{name}.")
        elif folded["dirty"] is True:
            yield f"{above}{name}", folded.get("value")
