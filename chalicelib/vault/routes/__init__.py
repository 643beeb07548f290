"""The vault's endpoints; importing this declares them all."""

from . import (
    checkouts,
    folders,
    permissions,
    requirements,
    search_indexer,
    secret_fields,
    secret_search,
    secret_settings,
    secrets,
    template_fields,
    templates,
)

__all__ = [
    "checkouts",
    "folders",
    "permissions",
    "requirements",
    "search_indexer",
    "secret_fields",
    "secret_search",
    "secret_settings",
    "secrets",
    "template_fields",
    "templates",
]
