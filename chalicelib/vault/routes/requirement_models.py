"""What the API says of password requirements, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.vault.dictionary import DICTIONARY_ID, DICTIONARY_NAME
from chalicelib.web.shapes import Dirty, PagedQuery, Struct


class CharacterSetQuery(PagedQuery):
    status: str = ""


class CharacterSetSummary(Struct):
    character_set_id: int
    name: str
    value: str
    abbreviation: str
    description: str = ""
    active: bool = True
    is_standard: bool = True


class CharacterSetDraft(Struct):
    name: str
    value: str
    abbreviation: str = ""
    description: str = ""


class CharacterSetCreateArgs(Struct):
    """The contract names the operation and no body: as those beside it."""

    data: CharacterSetDraft


class CharacterSetPatch(Struct):
    name: Dirty[str] | None = None
    value: Dirty[str] | None = None
    abbreviation: Dirty[str] | None = None
    description: Dirty[str] | None = None
    active: Dirty[bool] | None = None


class CharacterSetPatchArgs(Struct):
    data: CharacterSetPatch


class PasswordRequirementsSummary(Struct):
    password_requirement_id: int
    name: str
    description: str
    is_default: bool


class PasswordRequirementRuleSummary(Struct):
    password_requirement_rule_id: int
    password_requirement_id: int
    password_requirement_type: str
    min_characters_required: int
    character_set: CharacterSetSummary


class PasswordDictionarySummary(Struct):
    name: str
    password_dictionary_id: int


DICTIONARY = PasswordDictionarySummary(DICTIONARY_NAME, DICTIONARY_ID)


class PasswordRequirementModel(Struct):
    password_requirement_id: int
    name: str
    description: str
    is_default: bool
    min_password_length: int
    max_password_length: int
    allowed_character_set: CharacterSetSummary
    password_requirement_rules: Sequence[PasswordRequirementRuleSummary]
    prevent_sequential_pattern: bool
    prevent_spatial_pattern: bool
    prevent_username: bool
    minimum_required_character_sets: int | None
    example: str
    secret_usage: int
    type_usage: Sequence[str]
    prevent_dictionary_words: bool = False
    password_dictionaries: Sequence[PasswordDictionarySummary] = ()


class RuleArgs(Struct):
    """`PasswordRequirementRule…Model`; 0 as its id makes another."""

    password_requirement_type: str
    min_characters_required: int
    character_set_id: int | None = None
    password_requirement_rule_id: int = 0


class RequirementDraft(Struct):
    """`PasswordRequirementCreateModel`."""

    name: str
    allowed_character_set_id: int
    min_password_length: int
    max_password_length: int
    description: str = ""
    allow_minimum_character_sets: bool = False
    minimum_required_character_sets: int | None = None
    is_default: bool | None = None
    password_requirement_rules: Sequence[RuleArgs] = ()
    prevent_dictionary_words: bool | None = None
    prevent_sequential_pattern: bool | None = None
    prevent_spatial_pattern: bool | None = None
    prevent_username: bool | None = None


class RequirementCreateArgs(Struct):
    data: RequirementDraft


class RequirementPatch(Struct):
    """`PasswordRequirementPatchModel`."""

    name: Dirty[str] | None = None
    description: Dirty[str] | None = None
    allowed_character_set: Dirty[int] | None = None
    is_default: Dirty[bool] | None = None
    min_password_length: Dirty[int] | None = None
    max_password_length: Dirty[int] | None = None
    minimum_required_character_sets: Dirty[int | None] | None = None
    password_dictionaries: Dirty[Sequence[int]] | None = None
    prevent_dictionary_words: Dirty[bool] | None = None
    prevent_sequential_pattern: Dirty[bool] | None = None
    prevent_spatial_pattern: Dirty[bool] | None = None
    prevent_username: Dirty[bool] | None = None


class RequirementPatchArgs(Struct):
    data: RequirementPatch


class RuleUpdateArgs(Struct):
    data: Sequence[RuleArgs]
