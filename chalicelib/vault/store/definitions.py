"""Templates, requirements, policies: read whole, kept by each process until their epoch moves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws.commit import Delete, Put, Update, Write
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow, Key, partition
from chalicelib.core.errors import TooLarge
from chalicelib.vault.character_set import CharacterSet
from chalicelib.vault.definitions import Definitions, definitions_of
from chalicelib.vault.field_ids import field_id
from chalicelib.vault.one_time_terms import USUAL, OneTimeTerms
from chalicelib.vault.recheck import Recheck, Subject
from chalicelib.vault.requirement import Requirement
from chalicelib.vault.templates import (
    EditRight,
    FieldType,
    Option,
    Part,
    Template,
    TemplateField,
)

from .definition_row import PARTITION, DefinitionRow
from .policies import PolicyRow, policy_of
from .requirements import (
    CharacterSetRow,
    RequirementRow,
    requirement_of,
    requirement_row,
    set_row,
    sets_of,
)
from .workflows import WorkflowRow, workflow_of

RECHECKS = "requirement-checks"
MAX_BYTES = 100 * 1024


class TemplateRow(DefinitionRow, discriminator="secret-template"):
    """A template of people's own, or a built-in one that somebody changed."""

    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    said = JSONAttribute()


class RecheckRow(DataRow, discriminator="requirement-check"):
    """Secrets to be judged again, and how far that is. `turn` moves with each wish for it."""

    subject = UnicodeAttribute()
    id = NumberAttribute()
    turn = UnicodeAttribute()
    cursor = UnicodeAttribute(null=True)


@dataclass(slots=True)
class DefinitionStore:
    """Keeps one copy. Safe under threads. epoch: as this process last read it in the gate."""

    epoch: Callable[[], int]
    _kept: tuple[tuple[str, int], Definitions] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Definitions:
        """All of them, not older than the epoch. One Query when that has moved, else no call.

        The epoch was read before them, so what is kept under it is as new or newer.
        """
        wanted = (connection().data_table, self.epoch())
        kept = self._kept
        if kept is None or kept[0] != wanted:
            with self._lock:
                kept = self._kept
                if kept is None or kept[0] != wanted:
                    kept = self._kept = (wanted, self.fresh())
        return kept[1]

    def fresh(self) -> Definitions:
        """All of them as they are now, for who changes one. One Query a MB."""
        rows = partition(DefinitionRow, PARTITION)
        sets = sets_of(row for row in rows if isinstance(row, CharacterSetRow))
        return definitions_of(
            [template_of(row) for row in rows if isinstance(row, TemplateRow)],
            [requirement_of(row, sets) for row in rows if isinstance(row, RequirementRow)],
            [policy_of(row) for row in rows if isinstance(row, PolicyRow)],
            [workflow_of(row) for row in rows if isinstance(row, WorkflowRow)],
            sets,
        )

    def put(self, kind: Template) -> Write:
        """Store a template, if it is still of the version that the change is based on."""
        row = TemplateRow(*template_key(kind.id), id=kind.id, name=kind.name, said=_said(kind))
        if kind.version:
            row.version = kind.version
        return Put(_fitting(row))

    def put_requirement(self, one: Requirement) -> Write:
        """Store a requirement, if it is still of the version that the change is based on."""
        return Put(requirement_row(one))

    def put_set(self, one: CharacterSet) -> Write:
        """Store a character set, if it is still of the version that the change is based on."""
        return Put(set_row(one))

    def rechecks(self) -> list[Recheck]:
        """What is to be judged again. One Query."""
        return [
            Recheck(Subject(row.subject), int(row.id), row.turn, row.cursor or "")
            for row in partition(RecheckRow, RECHECKS)
        ]

    def ask(self, one: Recheck) -> Write:
        """Have the secrets of a subject judged from the first on, whatever is under way."""
        row = RecheckRow(*_recheck_key(one), subject=one.subject.value, id=one.id, turn=one.turn)
        return Put(row)

    def moved(self, one: Recheck, cursor: str) -> Write:
        """So far that is; fails when it was asked for anew meanwhile."""
        row = RecheckRow(*_recheck_key(one))
        return Update(row, [RecheckRow.cursor.set(cursor)], RecheckRow.turn == one.turn)

    def over(self, one: Recheck) -> Write:
        """It is done; fails when it was asked for anew meanwhile."""
        return Delete(RecheckRow(*_recheck_key(one)), RecheckRow.turn == one.turn)


def template_key(id: int) -> Key:
    return (PARTITION, f"template#{id:010d}")


def _recheck_key(one: Recheck) -> Key:
    return (RECHECKS, f"{one.subject}#{one.id:010d}")


def _fitting(row: TemplateRow) -> TemplateRow:
    if len(json.dumps(row.said)) > MAX_BYTES:
        raise TooLarge("The template is too large: it has too many options or texts.")
    return row


def template_of(row: TemplateRow) -> Template:
    said, id = row.said, int(row.id)
    fields = tuple(_field_of(id, one) for one in said["fields"])
    slugs = {one.number: one.slug for one in fields}
    parts = {Part(part): slugs[number] for part, number in said["parts"].items()}
    days = said.get("expires_days")
    return Template(
        id,
        row.name,
        fields,
        said["changer"],
        MappingProxyType(parts),
        timedelta(minutes=said["heartbeat_minutes"]),
        timedelta(days=days) if days else None,
        said["validate_on_create"],
        said["validate_on_edit"],
        said["description"],
        said["active"],
        said["name_pattern"],
        said["name_pattern_error"],
        OneTimeTerms(*said["one_time"]) if said.get("one_time") else USUAL,
        version=int(row.version),
    )


def _said(kind: Template) -> dict[str, Any]:
    numbers = {one.slug: one.number for one in kind.all_fields}
    return {
        "fields": [_said_of_field(one) for one in kind.all_fields],
        "parts": {part.value: numbers[slug] for part, slug in kind.parts.items()},
        "changer": kind.changer,
        "heartbeat_minutes": kind.heartbeat_every // timedelta(minutes=1),
        "expires_days": kind.expires_after.days if kind.expires_after else None,
        "validate_on_create": kind.validate_on_create,
        "validate_on_edit": kind.validate_on_edit,
        "description": kind.description,
        "active": kind.is_active,
        "name_pattern": kind.name_pattern,
        "name_pattern_error": kind.name_pattern_error,
        "one_time": list(astuple(kind.one_time)),
    }


def _field_of(template_id: int, said: Mapping[str, Any]) -> TemplateField:
    return TemplateField(
        field_id(template_id, said["number"]),
        said["number"],
        said["name"],
        said["slug"],
        FieldType(said["type"]),
        said["required"],
        said["indexable"],
        said["history"],
        said["description"],
        said["requirement"],
        key=said["key"],
        is_active=said["active"],
        edit_right=EditRight(said["edit_right"]),
        needs_edit=said["needs_edit"],
        hide_on_view=said["hide_on_view"],
        options=tuple(Option(id, value) for id, value in said["options"]),
        order=said["order"],
    )


def _said_of_field(one: TemplateField) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "slug": one.slug,
        "type": one.type.value,
        "required": one.is_required,
        "indexable": one.is_indexable,
        "history": one.history,
        "description": one.description,
        "requirement": one.requirement,
        "key": one.stored_as,
        "active": one.is_active,
        "edit_right": one.edit_right.value,
        "needs_edit": one.needs_edit,
        "hide_on_view": one.hide_on_view,
        "options": [[option.id, option.value] for option in one.options],
        "order": one.order,
    }
