"""The vault's endpoints; importing this declares them all."""

from . import checkouts, folders, permissions, secret_search, secret_settings, secrets, templates

__all__ = [
    "checkouts",
    "folders",
    "permissions",
    "secret_search",
    "secret_settings",
    "secrets",
    "templates",
]
