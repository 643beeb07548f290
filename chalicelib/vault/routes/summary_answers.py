"""Secrets as lists show them: what may be known by who may only list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import UNSET

from chalicelib.vault.service import Column, Found
from chalicelib.vault.state import days_left
from chalicelib.web.shapes import NEVER

from . import secret_models as models
from .secret_answers import revealed


def summary(
    found: Found,
    now: datetime,
    favourites: Collection[int] | None = None,
    seen_at: datetime | None = None,
    columns: Iterable[Column] = (),
) -> models.SecretSummary:
    """What may be known by who may only list.

    favourites: his; None when they are not told
    seen_at:    when he last saw its values, if that is known
    """
    secret, state = found.secret, found.state
    held = state.checkout
    return models.SecretSummary(
        id=secret.id,
        name=secret.name,
        secret_template_id=secret.template_id,
        secret_template_name=secret.template.name,
        folder_id=secret.folder_id,
        folder_path=found.tree.path(secret.folder_id),
        site_id=secret.site_id,
        active=secret.is_active,
        auto_change_enabled=secret.switches.auto_change,
        create_date=secret.created_at,
        days_until_expiration=days_left(state, now),
        inherits_permissions=secret.inherits_permissions,
        is_out_of_sync=state.is_out_of_sync,
        out_of_sync_reason=state.out_of_sync_reason,
        last_heart_beat_status=state.heartbeat.value,
        last_password_change_attempt=state.change_attempted_at or NEVER,
        checked_out=held is not None,
        check_out_enabled=secret.checkout.required,
        check_out_user_id=held.user_id if held else 0,
        check_out_user_name=held.name if held else "",
        extended_fields=[models.SummaryField(one.name, revealed(one.value)) for one in columns],
        last_accessed=seen_at,
        is_restricted=secret.is_restricted,
        requires_approval=secret.approval.required,
        requires_comment=secret.requires_comment,
        double_lock_enabled=bool(secret.double_lock),
        is_favorite=UNSET if favourites is None else secret.id in favourites,
    )


def lookup(found: Found) -> models.SecretLookup:
    """One secret by its id: its name."""
    secret = found.secret
    return models.SecretLookup(
        secret.id, secret.name, secret.name, secret.folder_id, secret.template_id
    )
