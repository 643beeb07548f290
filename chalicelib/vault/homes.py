"""Where a secret that was given another template keeps the values of its fields. Pure.

A conversion moves no value: it says anew which field a stored value is of. So its history stays
with it, and what the new template has no field for is there again once it is converted back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from types import MappingProxyType

from .templates import Template


@dataclass(frozen=True, slots=True)
class Homes:
    """origin: the template that the secret was made of; 0 while it has no other
    moved:  by template, then by the field's own key: the key of its value
    """

    origin: int = 0
    moved: Mapping[int, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, kind: Template) -> Template:
        """The template with its fields as the secret keeps them."""
        if not self.origin:
            return kind
        fields = (
            replace(one, kept_as=self._key(kind.id, one.searched_as)) for one in kind.all_fields
        )
        return replace(kind, all_fields=tuple(fields))

    def given(self, kind: Template, moves: Mapping[str, str], known: Collection[str]) -> Homes:
        """With values moved to fields of that template; no two of its fields share a value.

        moves: by a field's own key, the key of the value that it gets
        known: all keys of values that the secret has
        """
        entries = {**self.moved.get(kind.id, {}), **moves}
        taken = set(moves.values())
        for own in (one.searched_as for one in kind.all_fields if one.searched_as not in moves):
            if self._key(kind.id, own) in taken:
                keys = (f"t{kind.id}-{own}-{number}" for number in count(2))
                entries[own] = next(key for key in keys if key not in taken | set(known))
        return replace(self, moved={**self.moved, kind.id: entries})

    def _key(self, template_id: int, own: str) -> str:
        """Fields of different templates may have the same key of their own: their values not."""
        usual = own if template_id == self.origin else f"t{template_id}-{own}"
        return self.moved.get(template_id, {}).get(own, usual)
