"""Rows to nouns and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, fields
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.compliance import Judgement
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import Folder
from chalicelib.vault.grants import FolderRole, Grant, Grantee, Role, Who
from chalicelib.vault.listing import SHARDS, Listed
from chalicelib.vault.secret import Expiry, ExpiryKind, Secret, Switches
from chalicelib.vault.state import (
    AfterCheckIn,
    ChangeResult,
    Checkout,
    Due,
    HeartbeatStatus,
    SecretState,
)

from .rows import (
    FolderRow,
    GrantMap,
    SecretRow,
    StateRow,
    among_all,
    checkouts,
    due_partition,
    folder_key,
    in_folder,
    secret_key,
    served_by,
    served_place,
    state_key,
)
from .value_maps import value_map, value_of

DUE_SHARDS = 1

R = TypeVar("R", SecretRow, StateRow, FolderRow)


def secret_of(row: SecretRow, definitions: Definitions) -> Secret:
    kind = definitions.of_secret(int(row.template_id))
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
        privileged_id=int(row.privileged_id),
        allowed_machines=tuple(map(str, row.allowed_machines)),
        pins=tuple(map(str, row.pins)),
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
        privileged_id=secret.privileged_id,
        allowed_machines=list(secret.allowed_machines),
        pins=list(secret.pins),
        created_at=stamp(secret.created_at),
        created_by=secret.created_by,
    )
    if secret.privileged_id:
        row.i3pk, row.i3sk = served_by(secret.privileged_id), served_place(secret.id)
    return _based_on(row, secret.version)


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


def state_of(row: StateRow) -> SecretState:
    return SecretState(
        secret_id=int(row.id),
        site_id=int(row.site_id),
        is_active=row.active,
        heartbeat=HeartbeatStatus(row.heartbeat),
        heartbeat_checked_at=_moment(row.heartbeat_checked_at),
        heartbeat_detail=row.heartbeat_detail or "",
        heartbeat_due_at=_moment(row.heartbeat_due_at),
        heartbeat_item=row.heartbeat_item or "",
        misses=int(row.misses),
        change=ChangeResult(row.change),
        change_attempted_at=_moment(row.change_attempted_at),
        change_failures=int(row.change_failures),
        change_detail=row.change_detail or "",
        change_due_at=_moment(row.change_due_at),
        change_item=row.change_item or "",
        is_out_of_sync=row.out_of_sync,
        out_of_sync_reason=row.out_of_sync_reason or "",
        expires_at=_moment(row.expires_at),
        checkout=_checkout_of(row),
        after_check_in=AfterCheckIn(row.after_check_in or ""),
        judged={key: Judgement(*facts) for key, facts in (row.judged or {}).items()},
        version=int(row.version),
    )


def state_row(state: SecretState) -> StateRow:
    row = StateRow(
        *state_key(state.secret_id),
        id=state.secret_id,
        site_id=state.site_id,
        active=state.is_active,
        heartbeat=state.heartbeat.value,
        heartbeat_checked_at=_text(state.heartbeat_checked_at),
        heartbeat_detail=state.heartbeat_detail or None,
        heartbeat_due_at=_text(state.heartbeat_due_at),
        heartbeat_item=state.heartbeat_item or None,
        misses=state.misses,
        change=state.change.value,
        change_attempted_at=_text(state.change_attempted_at),
        change_failures=state.change_failures,
        change_detail=state.change_detail or None,
        change_due_at=_text(state.change_due_at),
        change_item=state.change_item or None,
        out_of_sync=state.is_out_of_sync,
        out_of_sync_reason=state.out_of_sync_reason or None,
        expires_at=_text(state.expires_at),
        after_check_in=state.after_check_in.value or None,
        judged={key: list(astuple(one)) for key, one in state.judged.items()} or None,
    )
    row.i1pk, row.i1sk = _due_keys(state, Due.HEARTBEAT)
    row.i2pk, row.i2sk = _due_keys(state, Due.CHANGE)
    if state.checkout:
        _put_checkout(row, state.checkout)
    return _based_on(row, state.version)


def _checkout_of(row: StateRow) -> Checkout | None:
    if not row.checkout_id:
        return None
    return Checkout(
        row.checkout_id,
        int(row.checkout_user),
        row.checkout_name,
        parse_stamp(row.checkout_since),
        parse_stamp(row.checkout_until),
    )


def _put_checkout(row: StateRow, known: Checkout) -> None:
    """Write a checkout into the state's row, and its end into the index."""
    row.checkout_id, row.checkout_user, row.checkout_name = known.id, known.user_id, known.name
    row.checkout_since, row.checkout_until = stamp(known.since), stamp(known.until)
    row.i3pk = checkouts(int(row.id) % DUE_SHARDS)
    row.i3sk = f"{stamp(known.until)}#{int(row.id)}"


def _due_keys(state: SecretState, due: Due) -> tuple[str | None, str | None]:
    """The state's place in a due index; none when nothing of that kind is due."""
    at = state.due_at(due)
    if at is None:
        return None, None
    shard = state.secret_id % DUE_SHARDS
    return due_partition(due, state.where, shard), f"{stamp(at)}#{state.secret_id}"


def folder_of(row: FolderRow) -> Folder:
    return Folder(
        id=int(row.id),
        name=row.name,
        parent_id=int(row.parent_id),
        inherits_permissions=row.inherits,
        grants=tuple(_grant_of(one) for one in row.grants),
        inherits_policy=row.inherits_policy,
        version=int(row.version),
    )


def folder_row(folder: Folder) -> FolderRow:
    row = FolderRow(
        *folder_key(folder.id),
        id=folder.id,
        name=folder.name,
        parent_id=folder.parent_id,
        inherits=folder.inherits_permissions,
        inherits_policy=folder.inherits_policy,
        grants=_grant_maps(folder.grants),
    )
    return _based_on(row, folder.version)


def _based_on(row: R, version: int) -> R:
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


def _expiry_of(stored: dict[str, str | int | None]) -> Expiry:
    days, date = stored.get("days"), stored.get("date")
    return Expiry(
        ExpiryKind(str(stored["kind"])),
        int(days) if days is not None else None,
        _moment(str(date)) if date else None,
    )


def _expiry_json(expiry: Expiry) -> dict[str, str | int | None]:
    return {"kind": expiry.kind.value, "days": expiry.days, "date": _text(expiry.date)}


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None


def _text(at: datetime | None) -> str | None:
    return stamp(at) if at else None
