"""Rows to nouns and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.approval import ApprovalTerms, Asking
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import Folder
from chalicelib.vault.grants import FolderRole, Grant, Grantee, Role, Who
from chalicelib.vault.homes import Homes
from chalicelib.vault.listing import SHARDS, Listed
from chalicelib.vault.secret import Expiry, ExpiryKind, Secret, Switches
from chalicelib.vault.watching import Happening, Watchers

from .hooks import hooks_json, hooks_of
from .rows import (
    FolderRow,
    GrantMap,
    SecretRow,
    StateRow,
    among_all,
    folder_key,
    in_folder,
    secret_key,
    served_by,
    served_place,
)
from .value_maps import value_map, value_of

R = TypeVar("R", SecretRow, StateRow, FolderRow)


def secret_of(row: SecretRow, definitions: Definitions) -> Secret:
    own = {key: int(id) for key, id in (row.requirements or {}).items()}
    homes = _homes_of(row.homes)
    kind = homes.of(definitions.of_secret(int(row.template_id), own))
    slugs = {one.stored_as: one.slug for one in kind.fields}
    values = [value_of(one) for one in row.field_values]
    return Secret(
        id=int(row.id),
        name=row.name,
        template=kind,
        created_at=parse_stamp(row.created_at),
        folder_id=int(row.folder_id),
        site_id=int(row.site_id),
        is_active=row.active,
        values={slugs[one.key]: one for one in values if one.key in slugs},
        former=tuple(one for one in values if one.key not in slugs),
        inherits_permissions=row.inherits,
        grants=tuple(_grant_of(one) for one in row.grants),
        switches=Switches(**_known(Switches, row.switches)),
        expiry=_expiry_of(row.expiry),
        checkout=CheckoutTerms(**_known(CheckoutTerms, row.checkout or {})),
        approval=_approval_of(row.approval),
        requires_comment=bool(row.requires_comment),
        double_lock=int(row.double_lock or 0),
        policy_id=int(row.policy_id or 0),
        policed=int(row.policed or 0),
        privileged_id=int(row.privileged_id),
        allowed_machines=tuple(map(str, row.allowed_machines)),
        pins=tuple(map(str, row.pins)),
        requirements=own,
        homes=homes,
        watchers=_watchers_of(row.watchers),
        hooks=hooks_of(row.hooks),
        created_by=int(row.created_by),
        version=int(row.version),
    )


def _known(noun: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What this version knows of it: a later one, beside it while nodes are rolled, may add."""
    return {one.name: stored[one.name] for one in fields(noun) if one.name in stored}


def row_of(secret: Secret) -> SecretRow:
    sort_key = listed_of(secret).sort_key()
    row = SecretRow(
        *secret_key(secret.id),
        i1pk=in_folder(secret.folder_id),
        i1sk=sort_key,
        i2pk=among_all(secret.id % SHARDS),
        i2sk=sort_key,
        id=secret.id,
        name=secret.name,
        template_id=secret.template_id,
        folder_id=secret.folder_id,
        site_id=secret.site_id,
        active=secret.is_active,
        field_values=[value_map(one) for one in (*secret.values.values(), *secret.former)],
        inherits=secret.inherits_permissions,
        grants=_grant_maps(secret.grants),
        switches=asdict(secret.switches),
        expiry=_expiry_json(secret.expiry),
        checkout=asdict(secret.checkout),
        approval=_approval_json(secret.approval),
        requires_comment=secret.requires_comment or None,
        double_lock=secret.double_lock or None,
        policy_id=secret.policy_id or None,
        policed=secret.policed or None,
        privileged_id=secret.privileged_id,
        allowed_machines=list(secret.allowed_machines),
        pins=list(secret.pins),
        requirements=dict(secret.requirements) or None,
        homes=_homes_json(secret.homes),
        hooks=hooks_json(secret.hooks),
        watchers={str(id): sorted(known) for id, known in secret.watchers.items()} or None,
        created_at=stamp(secret.created_at),
        created_by=secret.created_by,
    )
    if secret.privileged_id:
        row.i3pk, row.i3sk = served_by(secret.privileged_id), served_place(secret.id)
    return based_on(row, secret.version)


def listed_of(secret: Secret) -> Listed:
    """What the secret's index keys are to tell."""
    return Listed(
        secret.id,
        secret.name.casefold(),
        secret.folder_id,
        secret.template_id,
        secret.site_id,
        secret.inherits_permissions,
        secret.is_active,
    )


def folder_of(row: FolderRow) -> Folder:
    return Folder(
        id=int(row.id),
        name=row.name,
        parent_id=int(row.parent_id),
        inherits_permissions=row.inherits,
        grants=tuple(_grant_of(one) for one in row.grants),
        inherits_policy=row.inherits_policy,
        policy_id=int(row.policy_id or 0),
        version=int(row.version),
        templates=frozenset(map(int, row.templates or ())),
    )


def folder_row(folder: Folder) -> FolderRow:
    row = FolderRow(
        *folder_key(folder.id),
        id=folder.id,
        name=folder.name,
        parent_id=folder.parent_id,
        inherits=folder.inherits_permissions,
        inherits_policy=folder.inherits_policy,
        policy_id=folder.policy_id or None,
        grants=_grant_maps(folder.grants),
        templates=set(folder.templates) or None,
    )
    return based_on(row, folder.version)


def based_on(row: R, version: int) -> R:
    """The row, to be written only over that version; over none, for version 0."""
    if version:
        row.version = version
    return row


def _grant_of(one: GrantMap) -> Grant:
    return Grant(
        int(one.id),
        Grantee(Who(one.who), int(one.whom)),
        Role(int(one.role)) if one.role else None,
        FolderRole(int(one.folder_role)) if one.folder_role else None,
    )


def _grant_maps(grants: Iterable[Grant]) -> list[GrantMap]:
    return [
        GrantMap(  # type: ignore[no-untyped-call]
            id=one.id,
            who=one.to.who.value,
            whom=one.to.id,
            role=one.role,
            folder_role=one.folder_role,
        )
        for one in grants
    ]


def _approval_of(stored: Mapping[str, Any] | None) -> ApprovalTerms:
    if not stored:
        return ApprovalTerms()
    approvers = tuple(Grantee(Who(who), int(whom)) for who, whom in stored["approvers"])
    return ApprovalTerms(Asking(stored["asking"]), approvers, int(stored.get("workflow", 0)))


def _approval_json(terms: ApprovalTerms) -> dict[str, Any] | None:
    if terms == ApprovalTerms():
        return None
    approvers = [[one.who.value, one.id] for one in terms.approvers]
    said: dict[str, Any] = {"asking": terms.asking.value, "approvers": approvers}
    return said | ({"workflow": terms.workflow_id} if terms.workflow_id else {})


def _watchers_of(stored: Mapping[str, list[str]] | None) -> Watchers:
    known = {one.value for one in Happening}
    return {
        int(id): frozenset(Happening(one) for one in wishes if one in known)
        for id, wishes in (stored or {}).items()
    }


def _homes_of(stored: Mapping[str, Any] | None) -> Homes:
    if not stored:
        return Homes()
    return Homes(int(stored["origin"]), {int(id): keys for id, keys in stored["moved"].items()})


def _homes_json(homes: Homes) -> dict[str, Any] | None:
    if not homes.origin:
        return None
    return {"origin": homes.origin, "moved": {str(id): keys for id, keys in homes.moved.items()}}


def _expiry_of(stored: dict[str, str | int | None]) -> Expiry:
    days, date = stored.get("days"), stored.get("date")
    return Expiry(
        ExpiryKind(str(stored["kind"])),
        int(days) if days is not None else None,
        moment(str(date)) if date else None,
    )


def _expiry_json(expiry: Expiry) -> dict[str, str | int | None]:
    return {"kind": expiry.kind.value, "days": expiry.days, "date": text(expiry.date)}


def moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None


def text(at: datetime | None) -> str | None:
    return stamp(at) if at else None
