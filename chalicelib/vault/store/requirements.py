"""Rows of password requirements and of character sets; each process keeps them with templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws.table import Key
from chalicelib.vault.character_set import CHARACTER_SETS, CharacterSet
from chalicelib.vault.requirement import Requirement, Rule, RuleKind

from .definition_row import PARTITION, DefinitionRow


class RequirementRow(DefinitionRow, discriminator="password-requirement"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    said = JSONAttribute()


class CharacterSetRow(DefinitionRow, discriminator="character-set"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    said = JSONAttribute()


def requirement_key(id: int) -> Key:
    return (PARTITION, f"requirement#{id:010d}")


def set_row(one: CharacterSet) -> CharacterSetRow:
    said = {
        "characters": one.characters,
        "abbreviation": one.abbreviation,
        "description": one.description,
        "active": one.is_active,
    }
    key = (PARTITION, f"character-set#{one.id:010d}")
    row = CharacterSetRow(*key, id=one.id, name=one.name, said=said)
    if one.version:
        row.version = one.version
    return row


def sets_of(rows: Iterable[CharacterSetRow]) -> dict[int, CharacterSet]:
    """All sets there are, by id: the built-in ones, and those stored."""
    own = {
        int(row.id): CharacterSet(
            int(row.id),
            row.name,
            row.said["characters"],
            row.said["abbreviation"],
            row.said["description"],
            row.said["active"],
            int(row.version),
        )
        for row in rows
    }
    return {**CHARACTER_SETS, **own}


def requirement_row(one: Requirement) -> RequirementRow:
    said = _said_of_requirement(one)
    row = RequirementRow(*requirement_key(one.id), id=one.id, name=one.name, said=said)
    if one.version:
        row.version = one.version
    return row


def requirement_of(row: RequirementRow, sets: Mapping[int, CharacterSet]) -> Requirement:
    said = row.said
    return Requirement(
        id=int(row.id),
        name=row.name,
        least=said["least"],
        most=said["most"],
        allowed=sets[said["allowed"]],
        rules=tuple(
            Rule(RuleKind(kind), count, sets[of] if of else None, id)
            for id, kind, count, of in said["rules"]
        ),
        sets_needed=said["sets_needed"],
        no_username=said["no_username"],
        no_sequences=said["no_sequences"],
        no_keyboard_runs=said["no_keyboard_runs"],
        no_words=said.get("no_words", False),
        description=said["description"],
        is_default=said["is_default"],
        version=int(row.version),
    )


def _said_of_requirement(one: Requirement) -> dict[str, Any]:
    return {
        "least": one.least,
        "most": one.most,
        "allowed": one.allowed.id,
        "rules": [
            [rule.id, rule.kind.value, rule.count, rule.of.id if rule.of else None]
            for rule in one.rules
        ],
        "sets_needed": one.sets_needed,
        "no_username": one.no_username,
        "no_sequences": one.no_sequences,
        "no_keyboard_runs": one.no_keyboard_runs,
        "no_words": one.no_words,
        "description": one.description,
        "is_default": one.is_default,
    }
