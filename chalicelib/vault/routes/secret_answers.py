"""Secrets as answers. The only place of the API where a value of a secret is revealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.core.plain import Plain
from chalicelib.vault import one_time
from chalicelib.vault.attachment import Content, FileFacts
from chalicelib.vault.checkout import minutes_left
from chalicelib.vault.compliance import Compliance, compliance
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.grants import Role
from chalicelib.vault.policy import policy_id_of
from chalicelib.vault.secret import Secret, item_id
from chalicelib.vault.service import Former, Found, Opened
from chalicelib.vault.ssh_key import key_fields
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import FieldType, Template, TemplateField
from chalicelib.web.shapes import NEVER, File, View

from . import secret_models as models
from .folder_models import NO_POLICY

S = TypeVar("S", models.SecretModel, models.SecretModelV2)

BY_SETTING = -1
"""The checkOutIntervalMinutes of a secret that leaves it to the cluster."""


def field(value: Plain | Content) -> str | File:
    """One field as it leaves: a text as JSON, a file as its bytes."""
    return File(value.name, value.raw) if isinstance(value, Content) else revealed(value)


def revealed(value: Plain | None) -> str:
    """The value as it leaves: its showing is in the trail by now."""
    return value.reveal() if value else ""


def whole(opened: Opened, now: datetime) -> models.SecretModel:
    """The v1 model, in which a date is never null."""
    return _model(models.SecretModel, opened, NEVER, now)


def whole_v2(opened: Opened, now: datetime) -> models.SecretModelV2:
    return _model(models.SecretModelV2, opened, None, now)


def _model(kind: type[S], opened: Opened, never: datetime | None, now: datetime) -> S:
    secret, state = opened.found.secret, opened.found.state
    switches, terms, held = secret.switches, secret.checkout, state.checkout
    return kind(
        id=secret.id,
        name=secret.name,
        secret_template_id=secret.template_id,
        secret_template_name=secret.template.name,
        folder_id=secret.folder_id,
        site_id=secret.site_id,
        active=secret.is_active,
        items=[_item(secret, one, opened.values) for one in secret.template.fields],
        auto_change_enabled=switches.auto_change,
        enable_inherit_permissions=secret.inherits_permissions,
        enable_inherit_secret_policy=switches.inherits_policy,
        failed_password_change_attempts=state.change_failures,
        is_out_of_sync=state.is_out_of_sync,
        out_of_sync_reason=state.out_of_sync_reason,
        last_heart_beat_status=state.heartbeat.value,
        last_heart_beat_check=state.heartbeat_checked_at or never,
        last_password_change_attempt=state.change_attempted_at or never,
        checked_out=held is not None,
        check_out_change_password_enabled=terms.changes_password,
        check_out_enabled=terms.required,
        check_out_interval_minutes=terms.minutes or BY_SETTING,
        check_out_minutes_remaining=minutes_left(state, now),
        check_out_user_display_name=held.name if held else "",
        check_out_user_id=held.user_id if held else 0,
        is_restricted=secret.is_restricted,
        requires_approval_for_access=secret.approval.required,
        requires_comment=secret.requires_comment,
        double_lock_id=secret.double_lock,
        is_double_lock=bool(secret.double_lock),
        secret_policy_id=policy_id_of(secret, opened.found.tree) or NO_POLICY,
    )


def stub(kind: Template, folder_id: int) -> models.SecretModel:
    """A secret to be filled and sent back: nothing of it exists."""
    secret = Secret(0, "", kind, NEVER, folder_id)
    return _model(models.SecretModel, Opened(_nowhere(secret), {}), NEVER, NEVER)


def _nowhere(secret: Secret) -> Found:
    return Found(secret, SecretState(secret.id), Tree(), None)


def _item(secret: Secret, one: TemplateField, values: Mapping[str, Plain]) -> models.RestSecretItem:
    file = _file(secret, one, values)
    return models.RestSecretItem(
        item_id=item_id(secret.id, one),
        field_id=one.id,
        field_name=one.name,
        field_description=one.description,
        slug=one.slug,
        item_value=revealed(values.get(one.slug)),
        is_file=one.is_file,
        file_attachment_id=item_id(secret.id, one) if file else None,
        filename=file.name if file else "",
        is_notes=one.type is FieldType.NOTES,
        is_password=one.is_password,
        is_list=one.is_list,
        list_type=list_type(one),
    )


def _file(secret: Secret, one: TemplateField, values: Mapping[str, Plain]) -> FileFacts | None:
    """The file that a field holds, for who is shown its value."""
    value = secret.value_of(one.slug)
    return value.file if value and one.slug in values else None


LIST_TYPES = {FieldType.LIST: "Generic", FieldType.URL_LIST: "URL"}
NO_LIST = "None"


def list_type(one: TemplateField) -> str:
    """The contract's ListType of a field."""
    return LIST_TYPES.get(one.type, NO_LIST)


def general(
    found: Found, now: datetime, favourites: Collection[int]
) -> models.SecretDetailGeneralModel:
    secret, state = found.secret, found.state
    keys = key_fields(secret.template)
    return models.SecretDetailGeneralModel(
        id=secret.id,
        name=secret.name,
        is_favorite=secret.id in favourites,
        active=secret.is_active,
        auto_change_password=secret.switches.auto_change,
        enable_inherit_secret_policy=secret.switches.inherits_policy,
        expiration=expiration_text(state, now),
        fields=[one.slug for one in secret.template.fields],
        folder=None if secret.folder_id == NO_FOLDER else secret.folder_id,
        heartbeat_enabled=secret.checks,
        is_out_of_sync=state.is_out_of_sync,
        last_heart_beat_check=state.heartbeat_checked_at,
        last_heart_beat_status=state.heartbeat.value,
        out_of_sync_reason=state.out_of_sync_reason,
        site=secret.site_id,
        template=secret.template_id,
        password_compliance=compliance_of(found),
        secret_policy=policy_id_of(secret, found.tree) or None,
        can_generate_ssh_key=keys is not None,
        slug_private_key=keys.private.slug if keys else "",
        slug_public_key=keys.public.slug if keys else "",
        is_totp_enabled=one_time.holds_key(secret),
    )


def general_view(
    opened: Opened, now: datetime, favourites: Collection[int]
) -> models.SecretDetailGeneralViewModel:
    plain = general(opened.found, now, favourites)
    fields = opened.found.secret.template.fields
    return models.SecretDetailGeneralViewModel(
        id=plain.id,
        name=View(plain.name),
        is_favorite=plain.is_favorite,
        active=View(plain.active),
        auto_change_password=View(plain.auto_change_password),
        enable_inherit_secret_policy=View(plain.enable_inherit_secret_policy),
        expiration=View(plain.expiration),
        fields=[_field_view(one, opened.values) for one in fields],
        folder=View(plain.folder),
        heartbeat_enabled=View(plain.heartbeat_enabled),
        is_out_of_sync=View(plain.is_out_of_sync),
        last_heart_beat_check=View(plain.last_heart_beat_check),
        last_heart_beat_status=View(plain.last_heart_beat_status),
        out_of_sync_reason=View(plain.out_of_sync_reason),
        secret_policy=View(plain.secret_policy),
        site=View(plain.site),
        template=View(plain.template),
        password_compliance=plain.password_compliance,
        can_generate_ssh_key=plain.can_generate_ssh_key,
        slug_private_key=plain.slug_private_key,
        slug_public_key=plain.slug_public_key,
    )


def _field_view(
    one: TemplateField, values: Mapping[str, Plain]
) -> models.ViewTemplateFieldOfString:
    return models.ViewTemplateFieldOfString(
        slug=one.slug,
        name=one.name,
        label=one.name,
        value=revealed(values.get(one.slug)),
        type=_field_type(one),
        description=one.description,
        is_required=one.is_required,
        has_history=one.history > 0,
        sort_order=one.place,
        password_requirement_id=one.requirement,
        list_type=list_type(one),
        hide_on_view=one.hide_on_view,
        drop_down_options=[
            models.ViewTemplateFieldDropDownOption(option.id, option.value, option.value)
            for option in one.options
        ],
    )


def _field_type(one: TemplateField) -> str:
    """The contract's SecretFieldType."""
    if one.is_list:
        return "List"
    return "DropDown" if one.options else one.type.value


def compliance_of(found: Found) -> str:
    """Whether the passwords meet their requirements; who may only list does not learn it."""
    may_know = found.role is not None and found.role >= Role.VIEW
    return compliance(found.secret, found.state) if may_know else Compliance.PENDING


def expiration_text(state: SecretState, now: datetime) -> str:
    if state.expires_at is None:
        return "Never"
    if state.is_expired(now):
        return "Expired"
    left = state.expires_at - now
    return f"{left // timedelta(days=1)} days" if left >= timedelta(days=1) else "Today"


def placement(found: Found) -> models.PlacementModel:
    secret = found.secret
    return models.PlacementModel(
        secret.id, secret.privileged_id or None, secret.allowed_machines, secret.pins
    )


def former(value: Former) -> models.FormerValue:
    name = value.file.name if value.file else ""
    return models.FormerValue(value.version, revealed(value.value), value.at, value.until, name)
