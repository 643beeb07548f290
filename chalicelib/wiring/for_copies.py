"""Copies of secrets, and other templates for them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter, ids
from .for_policies import policing, search_indexing, secret_finder
from .vault_stores import cabinet, definition_store, file_store, secret_store, secret_values

if TYPE_CHECKING:
    from chalicelib.vault.service import ConvertService, CopyService


@cache
def copies() -> CopyService:
    from chalicelib.vault.service import CopyService, Sharing

    return CopyService(
        secret_finder(),
        secret_values(),
        cabinet(),
        file_store(),
        Sharing(secret_store(), counter()),
        search_indexing(),
        policing(),
        counter(),
        committer(),
        ids(),
        definition_store().current,
    )


@cache
def conversions() -> ConvertService:
    from chalicelib.vault.service import ConvertService

    return ConvertService(
        secret_finder(),
        secret_values(),
        search_indexing(),
        policing(),
        committer(),
        definition_store().current,
    )
