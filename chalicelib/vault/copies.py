"""Copies of a secret: what is the same in them, and what is not. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from .grants import Deed
from .homes import Homes
from .secret import Secret, check_name
from .templates import Template

SUFFIX = " - Copy"


def deeds(secret: Secret) -> tuple[Deed, ...]:
    """The rights that a copy needs.

    Who copies a secret owns the copy: what the secret asks of people would be his to take away.
    """
    return (Deed.COPY, Deed.OWN) if secret.is_restricted else (Deed.COPY,)


def copied(source: Secret, kind: Template, id: int, name: str | None, folder_id: int) -> Secret:
    """A copy without its values, and shared with nobody yet.

    It serves no other secret as a privileged account, and does not change its password by itself:
    two secrets that do would lock each other out of the account.
    """
    is_there = folder_id == source.folder_id
    return replace(
        source,
        id=id,
        name=check_name(source.name + SUFFIX if name is None else name, kind),
        template=kind,
        folder_id=folder_id,
        is_active=True,
        values=MappingProxyType({}),
        former=(),
        homes=Homes(),
        watchers=MappingProxyType({}),
        hooks=(),
        inherits_permissions=source.inherits_permissions if is_there else True,
        grants=(),
        switches=replace(source.switches, auto_change=False),
        policed=0,
        allowed_machines=(),
        version=0,
    )


def made(secret: Secret, by: int, at: datetime) -> Secret:
    """The same as made by that user at that time."""
    return replace(secret, created_by=by, created_at=at)
