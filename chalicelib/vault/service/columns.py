"""Public fields beside the secrets of a list: what search may look into, and nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, Values
from chalicelib.vault.templates import TemplateField
from chalicelib.vault.visit import Visit

from .finding import Finder, Found

MOST = 20
TOGETHER = 100
"""Lines of the trail in one transaction."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a secret, under the name by which it was asked for."""

    name: str
    value: Plain = field(repr=False)


@dataclass(frozen=True, slots=True)
class ColumnService:
    finder: Finder
    values: Values
    commit: Commit

    def of(
        self, visit: Visit, found: Sequence[Found], names: Sequence[str]
    ) -> dict[int, list[Column]]:
        """Those fields, by slugs or names, of the secrets whose values the visitor may see.

        None of a secret that asks for more than a right. The trail tells of each secret what is
        shown of it, before it leaves: one call for a hundred. Invalid for too many names.
        """
        if len(names) > MOST:
            raise Invalid(f"At most {MOST} fields are shown in a list.")
        chosen = [(one, wanted) for one in found if (wanted := self._chosen(visit, one, names))]
        lines = [self._line(visit, one, wanted) for one, wanted in chosen]
        for start in range(0, len(lines), TOGETHER):
            self.commit([], lines[start : start + TOGETHER])
        return {one.secret.id: list(self._opened(one, wanted)) for one, wanted in chosen}

    def _chosen(self, visit: Visit, one: Found, names: Sequence[str]) -> dict[str, TemplateField]:
        """The fields with a value to show, by the names that they were asked by."""
        secret = one.secret
        if secret.is_restricted or not names or not self.finder.may(visit, one, Deed.REVEAL):
            return {}
        public = [
            each
            for each in secret.template.fields
            if each.is_searchable and not each.hide_on_view and secret.value_of(each.slug)
        ]
        return {
            name: each
            for name in names
            for each in public
            if name.strip().lower() in (each.slug, each.name.lower())
        }

    def _line(self, visit: Visit, one: Found, wanted: dict[str, TemplateField]) -> AuditRecord:
        told = ", ".join(each.name for each in wanted.values())
        return visit.audit("VIEW FIELDS", "Secret", one.secret.id, told)

    def _opened(self, one: Found, wanted: dict[str, TemplateField]) -> Iterator[Column]:
        for name, each in wanted.items():
            value = one.secret.value_of(each.slug)
            yield Column(name, self.values.open(one.secret.id, value))
