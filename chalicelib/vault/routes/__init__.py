"""The vault's endpoints; importing this declares them all."""

from . import (
    access_requests,
    checkouts,
    folders,
    permissions,
    policies,
    requirements,
    search_indexer,
    secret_fields,
    secret_search,
    secret_settings,
    secrets,
    security,
    template_fields,
    templates,
    workflows,
)

__all__ = [
    "access_requests",
    "checkouts",
    "folders",
    "permissions",
    "policies",
    "requirements",
    "search_indexer",
    "secret_fields",
    "secret_search",
    "secret_settings",
    "secrets",
    "security",
    "template_fields",
    "templates",
    "workflows",
]
