"""A secret's settings, as answers."""

from __future__ import annotations

from chalicelib.vault import one_time
from chalicelib.vault.secret import ExpiryKind, Secret
from chalicelib.vault.service import Found
from chalicelib.vault.watching import Happening
from chalicelib.web.shapes import NEVER

from . import secret_models as models


def settings(found: Found, user_id: int) -> models.SecretDetailSettingsModel:
    """Mails: those that the user himself has asked for."""
    expiry, kind = found.secret.expiry, found.secret.template
    mails = found.secret.watchers.get(user_id, frozenset())
    unset = expiry.kind is ExpiryKind.TEMPLATE and kind.expires_after is None
    every = kind.expires_after
    return models.SecretDetailSettingsModel(
        expiration_type="Disabled" if unset else expiry.kind.value,
        expiration_day_interval=expiry.days,
        expiration_date=expiry.date,
        expiration_template_text=f"Every {every.days} days" if every else "Never",
        one_time_password_settings=_one_time(found.secret),
        send_email_when_changed=Happening.CHANGED in mails,
        send_email_when_heartbeat_fails=Happening.HEARTBEAT_FAILED in mails,
        send_email_when_viewed=Happening.VIEWED in mails,
    )


def _one_time(secret: Secret) -> models.OneTimePasswordSettingsModel:
    has_field = any(one.slug == one_time.SLUG for one in secret.template.fields)
    key = secret.value_of(one_time.SLUG) if has_field else None
    at = key.at if key else NEVER
    return models.OneTimePasswordSettingsModel(key is not None, has_field, at)
