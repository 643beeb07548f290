"""Rows and maps read from what is stored.

pynamodb goes twice over all that a class declares, for each row and each map in it, and copies a
map's declarations for each list: with rows of thirty attributes that was a tenth of a read's time.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Self

from pynamodb.attributes import AttributeContainer, ListAttribute, MapAttribute


class Stored(AttributeContainer):
    """Of a row or a map: it is made from the attributes that are there; others are ignored."""

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        kind = cls._get_discriminator_class(attribute_values) or cls
        if not issubclass(kind, cls):
            raise ValueError(f"a {kind.__name__} is no {cls.__name__}")  # noqa: TRY004 - as pynamodb
        made = kind(_user_instantiated=False)
        declared = kind.get_attributes()
        for stored_name, stored in attribute_values.items():
            name = kind._dynamo_to_python_attr(stored_name)
            attribute = declared.get(name)
            if attribute is not None and "NULL" not in stored:
                value = attribute.deserialize(attribute.get_value(stored))
                if isinstance(attribute, MapAttribute):
                    setattr(made, name, value)  # which makes its map of a mapping
                else:
                    made.attribute_values[name] = value
        return made

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        if _user_instantiated:
            super()._set_defaults()
            return
        for name, default in _defaults(type(self)):
            setattr(self, name, default() if callable(default) else default)


@cache
def _defaults(kind: type[AttributeContainer]) -> list[tuple[str, Any]]:
    """What a class's attributes are when nothing is stored, if anything."""
    declared = kind.get_attributes().items()
    return [(name, one.default) for name, one in declared if one.default is not None]


class StoredMap(Stored, MapAttribute[str, Any]):
    """A map of declared attributes."""


class ListOfMaps(ListAttribute[Any]):
    """A list of one class of `StoredMap`: `ListOfMaps(of=GrantMap)`."""

    def deserialize(self, values: list[dict[str, Any]]) -> list[Any]:
        kind: Any = self.element_type
        return [kind._instantiate(one["M"]) for one in values]
