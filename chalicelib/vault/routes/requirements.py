"""Password requirements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, Unavailable
from chalicelib.core.paging import page
from chalicelib.vault.character_set import CharacterSet
from chalicelib.vault.dictionary import DICTIONARY_ID
from chalicelib.vault.requirement import (
    Requirement,
    Rule,
    RuleKind,
)
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, applied, paged, paged_answer

from . import requirement_models as models
from .secret_answers import revealed
from .template_args import one_of
from .visiting import visit

VIEW = "View Password Requirements"
ADMINISTER = "Administer Password Requirements"
CHANGES = (Conflict, Unavailable)


@endpoint(
    "GET",
    "/api/v1/password-requirements",
    query=PagedQuery,
    returns=Paged[models.PasswordRequirementsSummary],
    permission=VIEW,
)
def search(call: Call[None]) -> Paged[models.PasswordRequirementsSummary]:
    known = wiring.requirements().current().requirements.values()
    found = sorted((_summary(one) for one in known), key=lambda one: one.name.casefold())
    return paged_answer(page(found, paged(call.query)), lambda one: one)


@endpoint(
    "POST",
    "/api/v1/password-requirements",
    body=models.RequirementCreateArgs,
    returns=models.PasswordRequirementModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[models.RequirementCreateArgs]) -> models.PasswordRequirementModel:
    return _model(wiring.requirements().create(visit(call), _draft(call.body.data)))


@endpoint(
    "GET",
    "/api/v1/password-requirements/{id}",
    returns=models.PasswordRequirementModel,
    permission=VIEW,
)
def read(call: Call[None]) -> models.PasswordRequirementModel:
    return _model(wiring.requirements().current().requirement(call.id()))


@endpoint(
    "PATCH",
    "/api/v1/password-requirements/{id}",
    body=models.RequirementPatchArgs,
    returns=models.PasswordRequirementModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch(call: Call[models.RequirementPatchArgs]) -> models.PasswordRequirementModel:
    def change(one: Requirement) -> Requirement:
        return _patched(call.body.data, one)

    return _model(wiring.requirements().change(visit(call), call.id(), change))


@endpoint(
    "PUT",
    "/api/v1/password-requirements/{id}/rules",
    body=models.RuleUpdateArgs,
    returns=models.PasswordRequirementModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def put_rules(call: Call[models.RuleUpdateArgs]) -> models.PasswordRequirementModel:
    def change(one: Requirement) -> Requirement:
        return replace(one, rules=_rules(call.body.data, one.rules))

    return _model(wiring.requirements().change(visit(call), call.id(), change))


def _summary(one: Requirement) -> models.PasswordRequirementsSummary:
    return models.PasswordRequirementsSummary(one.id, one.name, one.description, one.is_default)


def _model(one: Requirement) -> models.PasswordRequirementModel:
    kinds = wiring.requirements().current().used_by(one.id)
    counts = wiring.vault_search().counts()
    return models.PasswordRequirementModel(
        password_requirement_id=one.id,
        name=one.name,
        description=one.description,
        is_default=one.is_default,
        min_password_length=one.least,
        max_password_length=one.most,
        allowed_character_set=set_summary(one.allowed),
        password_requirement_rules=[_rule(one, rule) for rule in one.rules],
        prevent_sequential_pattern=one.no_sequences,
        prevent_spatial_pattern=one.no_keyboard_runs,
        prevent_username=one.no_username,
        prevent_dictionary_words=one.no_words,
        password_dictionaries=[models.DICTIONARY] if one.no_words else [],
        minimum_required_character_sets=one.sets_needed,
        example=revealed(wiring.requirements().example(one)),
        secret_usage=sum(counts[kind.id] for kind in kinds),
        type_usage=[kind.name for kind in kinds],
    )


def set_summary(one: CharacterSet) -> models.CharacterSetSummary:
    return models.CharacterSetSummary(
        one.id,
        one.name,
        one.characters,
        one.abbreviation,
        one.description,
        one.is_active,
        one.is_built_in,
    )


ANY = CharacterSet(0, "Any", "")
"""Stands for no set in answers: the contract has none that may be null."""


def _rule(one: Requirement, rule: Rule) -> models.PasswordRequirementRuleSummary:
    return models.PasswordRequirementRuleSummary(
        rule.id, one.id, rule.kind.value, rule.count, set_summary(rule.of or ANY)
    )


def _draft(given: models.RequirementDraft) -> Requirement:
    counts = given.allow_minimum_character_sets or given.minimum_required_character_sets
    return Requirement(
        id=0,
        name=given.name.strip(),
        least=given.min_password_length,
        most=given.max_password_length,
        allowed=_usable(given.allowed_character_set_id),
        rules=_rules(given.password_requirement_rules, ()),
        sets_needed=given.minimum_required_character_sets if counts else None,
        no_username=bool(given.prevent_username),
        no_sequences=bool(given.prevent_sequential_pattern),
        no_keyboard_runs=bool(given.prevent_spatial_pattern),
        no_words=bool(given.prevent_dictionary_words),
        description=given.description.strip(),
        is_default=bool(given.is_default),
    )


def _patched(patch: models.RequirementPatch, known: Requirement) -> Requirement:
    return replace(
        known,
        name=applied(patch.name, known.name).strip(),
        description=applied(patch.description, known.description).strip(),
        allowed=_usable(applied(patch.allowed_character_set, known.allowed.id)),
        is_default=applied(patch.is_default, known.is_default),
        least=applied(patch.min_password_length, known.least),
        most=applied(patch.max_password_length, known.most),
        sets_needed=applied(patch.minimum_required_character_sets, known.sets_needed),
        no_sequences=applied(patch.prevent_sequential_pattern, known.no_sequences),
        no_keyboard_runs=applied(patch.prevent_spatial_pattern, known.no_keyboard_runs),
        no_username=applied(patch.prevent_username, known.no_username),
        no_words=_words(patch, known),
    )


def _words(patch: models.RequirementPatch, known: Requirement) -> bool:
    """Whether words are refused; naming the dictionary says so, naming none says the contrary."""
    usual: Sequence[int] = (DICTIONARY_ID,) if known.no_words else ()
    named = applied(patch.password_dictionaries, usual)
    if set(named) - {DICTIONARY_ID}:
        raise Invalid("passwordDictionaries: there is the dictionary 1 and no other.")
    return applied(patch.prevent_dictionary_words, bool(named))


def _usable(id: int) -> CharacterSet:
    return wiring.requirements().current().usable_set(id)


def _rules(given: Sequence[models.RuleArgs], known: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that came, each with an id: that which it had, or another."""
    had = {one.id for one in known}
    first = max(had, default=0) + 1
    return tuple(
        Rule(
            one_of(RuleKind, "passwordRequirementType", one.password_requirement_type),
            one.min_characters_required,
            _usable(one.character_set_id) if one.character_set_id else None,
            one.password_requirement_rule_id
            if one.password_requirement_rule_id in had
            else first + number,
        )
        for number, one in enumerate(given)
    )
