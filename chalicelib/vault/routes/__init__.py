"""The vault's endpoints; importing this declares them all."""

from . import folders, permissions, secret_search, secret_settings, secrets, templates

__all__ = ["folders", "permissions", "secret_search", "secret_settings", "secrets", "templates"]
