"""The endpoints of access; importing this declares them all."""

from . import groups, restrictions, roles, setup, tokens, two_factor, user_audit, users

__all__ = [
    "groups",
    "restrictions",
    "roles",
    "setup",
    "tokens",
    "two_factor",
    "user_audit",
    "users",
]
