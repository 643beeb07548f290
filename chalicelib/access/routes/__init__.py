"""The endpoints of access; importing this declares them all."""

from . import groups, roles, setup, tokens, user_audit, users

__all__ = ["groups", "roles", "setup", "tokens", "user_audit", "users"]
