"""What the trail says of a change of a secret. Pure."""

from __future__ import annotations

from collections.abc import Collection

from .secret import Secret
from .templates import TemplateField


def told(before: Secret, after: Secret, changed: Collection[str]) -> str:
    """The names of what differs, for the trail: never the values."""
    names = [_told_of(one, after) for one in after.template.fields if one.slug in changed]
    compared = {
        "Name": before.name != after.name,
        "Folder": before.folder_id != after.folder_id,
        "Site": before.site_id != after.site_id,
        "Inherit permissions": before.inherits_permissions != after.inherits_permissions,
        "Settings": before.switches != after.switches,
        "Expiration": before.expiry != after.expiry,
        "Checkout": before.checkout != after.checkout,
        "Approval": before.approval != after.approval,
        "DoubleLock": before.double_lock != after.double_lock,
        "Require comment": before.requires_comment != after.requires_comment,
        "Secret policy": before.policy_id != after.policy_id,
        "Privileged account": before.privileged_id != after.privileged_id,
        "Allowed machines": before.allowed_machines != after.allowed_machines,
        "Host pins": before.pins != after.pins,
        "Password requirements": before.requirements != after.requirements,
    }
    return ", ".join(names + [name for name, differs in compared.items() if differs])


def _told_of(one: TemplateField, after: Secret) -> str:
    """A field by its name; of a file, which one it is by now."""
    if not one.is_file:
        return one.name
    value = after.value_of(one.slug)
    file = value.file if value else None
    return (
        f"{one.name} (file {file.name}, {file.size:,} bytes)" if file else f"{one.name} (no file)"
    )
