"""Scripts, and the hooks of secrets that run them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter
from .for_policies import secret_finder
from .vault_stores import script_store, secret_store, secret_values

if TYPE_CHECKING:
    from chalicelib.vault.service import HookService, ScriptService


@cache
def scripts() -> ScriptService:
    from chalicelib.vault.service import ScriptService

    return ScriptService(script_store(), counter(), committer())


@cache
def hooks() -> HookService:
    from chalicelib.vault.service import HookService

    return HookService(
        secret_finder(), secret_store(), secret_values(), script_store(), counter(), committer()
    )
