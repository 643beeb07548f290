"""Changes of fields on their way to secrets, one row a template."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Delete, Put, Update, Write
from chalicelib.aws.table import DataRow, Key, partition
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.field_change import FieldChange

from .nouns import moment, text

CHANGES = "field-changes"


class FieldChangeRow(DataRow, discriminator="field-change"):
    """`turn` moves with each wish for it."""

    id = NumberAttribute()
    turn = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    cursor = UnicodeAttribute(null=True)
    began_at = UnicodeAttribute(null=True)
    passed = BooleanAttribute(null=True)


class FieldChangeStore:
    def asked(self) -> list[FieldChange]:
        """What is on its way. One Query."""
        return [
            FieldChange(
                int(row.id),
                row.turn,
                parse_stamp(row.asked_at),
                row.cursor or "",
                moment(row.began_at),
                bool(row.passed),
            )
            for row in partition(FieldChangeRow, CHANGES)
        ]

    def ask(self, one: FieldChange) -> Write:
        """Have the template's secrets indexed from the first on, whatever is under way."""
        asked = stamp(one.asked_at)
        return Put(FieldChangeRow(*_key(one), id=one.template_id, turn=one.turn, asked_at=asked))

    def moved(self, one: FieldChange) -> Write:
        """So far that is; fails when it was asked for anew meanwhile."""
        actions = [
            FieldChangeRow.cursor.set(one.cursor),
            FieldChangeRow.began_at.set(text(one.began_at) or ""),
            FieldChangeRow.passed.set(one.passed),
        ]
        return Update(FieldChangeRow(*_key(one)), actions, FieldChangeRow.turn == one.turn)

    def over(self, one: FieldChange) -> Write:
        """It is done; fails when it was asked for anew meanwhile."""
        return Delete(FieldChangeRow(*_key(one)), FieldChangeRow.turn == one.turn)


def _key(one: FieldChange) -> Key:
    return (CHANGES, f"template#{one.template_id:010d}")
