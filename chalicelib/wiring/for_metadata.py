"""Metadata of secrets, folders, users and groups."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter
from .for_access import groups, users
from .for_policies import secret_finder
from .for_vault import folders
from .vault_stores import folder_store, secret_store

if TYPE_CHECKING:
    from chalicelib.metadata.service import MetadataService


@cache
def metadata() -> MetadataService:
    from chalicelib.metadata.items import Items
    from chalicelib.metadata.service import MetadataService
    from chalicelib.metadata.store import MetadataStore

    items = Items(secret_finder(), secret_store(), folders(), folder_store(), users(), groups())
    return MetadataService(
        MetadataStore(),
        items,
        lambda id: bool(users().named([id])),
        counter(),
        committer(),
    )
