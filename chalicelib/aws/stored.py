"""Rows and maps read from what is stored.

pynamodb goes twice over all that a class declares, for each row and each map in it, and copies a
map's declarations for each list: with rows of thirty attributes that was a tenth of a read's time.
"""

from __future__ import annotations

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
                setattr(made, name, attribute.deserialize(attribute.get_value(stored)))
        return made


class StoredMap(Stored, MapAttribute[str, Any]):
    """A map of declared attributes."""


class ListOfMaps(ListAttribute[Any]):
    """A list of one class of `StoredMap`: `ListOfMaps(of=GrantMap)`."""

    def deserialize(self, values: list[dict[str, Any]]) -> list[Any]:
        kind: Any = self.element_type
        return [kind._instantiate(one["M"]) for one in values]
