"""The endpoints of access; importing this declares them all."""

from . import (
    api_tokens,
    groups,
    openid,
    openid_providers,
    restrictions,
    roles,
    sdk_clients,
    security_keys,
    sessions,
    setup,
    tokens,
    two_factor,
    user_audit,
    users,
)

__all__ = [
    "api_tokens",
    "groups",
    "openid",
    "openid_providers",
    "restrictions",
    "roles",
    "sdk_clients",
    "security_keys",
    "sessions",
    "setup",
    "tokens",
    "two_factor",
    "user_audit",
    "users",
]
