"""The API of the configuration: what admins set for every node at once."""

from . import (
    advanced,
    audit,
    backbone_bus,
    email,
    folders,
    general,
    local_passwords,
    login,
    read_only,
    rpc,
    security,
    unlimited_admin,
)

__all__ = [
    "advanced",
    "audit",
    "backbone_bus",
    "email",
    "folders",
    "general",
    "local_passwords",
    "login",
    "read_only",
    "rpc",
    "security",
    "unlimited_admin",
]
