"""The vault's endpoints; importing this declares them all."""

from . import (
    checkouts,
    folders,
    permissions,
    search_indexer,
    secret_search,
    secret_settings,
    secrets,
    templates,
)

__all__ = [
    "checkouts",
    "folders",
    "permissions",
    "search_indexer",
    "secret_search",
    "secret_settings",
    "secrets",
    "templates",
]
