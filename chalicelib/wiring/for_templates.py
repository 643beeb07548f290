"""Templates, password requirements and their character sets."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter, ids
from .for_cluster import gate
from .vault_stores import definition_store, secret_store, secret_values

if TYPE_CHECKING:
    from chalicelib.vault.service import (
        CharacterSetService,
        RequirementService,
        TemplateService,
    )


@cache
def templates() -> TemplateService:
    from chalicelib.vault.service import TemplateService
    from chalicelib.vault.store import FieldChangeStore

    return TemplateService(
        definition_store(), FieldChangeStore(), counter(), gate(), committer(), ids()
    )


@cache
def requirements() -> RequirementService:
    import secrets

    from chalicelib.vault.service import RequirementService

    return RequirementService(
        definition_store(),
        secret_store(),
        secret_values(),
        counter(),
        gate(),
        committer(),
        ids(),
        secrets.SystemRandom(),
        lambda: gate().here(gate().read()).refusal,
    )


@cache
def character_sets() -> CharacterSetService:
    import secrets

    from chalicelib.vault.service import CharacterSetService

    chance = secrets.SystemRandom()
    return CharacterSetService(definition_store(), counter(), gate(), committer(), ids(), chance)
