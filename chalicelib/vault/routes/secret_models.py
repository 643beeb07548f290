"""What the API says of secrets: the contract's models."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from chalicelib.web.shapes import ApiDate, Struct, View


class RestSecretItem(Struct):
    item_id: int | None
    field_id: int | None
    field_name: str
    field_description: str
    slug: str
    item_value: str
    is_file: bool
    is_notes: bool
    is_password: bool
    file_attachment_id: int | None = None
    filename: str = ""
    is_list: bool = False
    list_type: str = "None"


class SecretModelV2(Struct):
    """The whole secret. Its dates may be absent; those of v1 may not."""

    id: int
    name: str
    secret_template_id: int
    secret_template_name: str
    folder_id: int
    site_id: int
    active: bool
    items: Sequence[RestSecretItem]
    auto_change_enabled: bool
    enable_inherit_permissions: bool
    enable_inherit_secret_policy: bool
    failed_password_change_attempts: int
    is_out_of_sync: bool
    out_of_sync_reason: str
    last_heart_beat_status: str
    last_heart_beat_check: ApiDate | None
    last_password_change_attempt: ApiDate | None
    access_request_workflow_map_id: int = -1
    allow_owners_unrestricted_ssh_commands: bool = False
    auto_change_next_password: str = ""
    checked_out: bool = False
    check_out_change_password_enabled: bool = False
    check_out_enabled: bool = False
    check_out_interval_minutes: int = -1
    check_out_minutes_remaining: int = 0
    check_out_user_display_name: str = ""
    check_out_user_id: int = 0
    double_lock_id: int = 0
    is_double_lock: bool = False
    is_restricted: bool = False
    jumpbox_route_id: str | None = None
    launcher_connect_as_secret_id: int = -1
    password_type_web_script_id: int = 0
    proxy_enabled: bool = False
    requires_approval_for_access: bool = False
    requires_comment: bool = False
    response_codes: Sequence[str] = ()
    restrict_ssh_commands: bool = False
    secret_policy_id: int = -1
    session_recording_enabled: bool = False
    web_launcher_requires_incognito_mode: bool = False


class SecretModel(SecretModelV2):
    """The whole secret as v1 shows it: a date that never was is 0001-01-01."""


class SummaryField(Struct):
    """`ISecretSummaryExtendedField` of the contract."""

    name: str
    value: str


class SecretSummary(Struct):
    id: int
    name: str
    secret_template_id: int
    secret_template_name: str
    folder_id: int
    folder_path: str
    site_id: int
    active: bool
    auto_change_enabled: bool
    create_date: ApiDate
    days_until_expiration: int | None
    inherits_permissions: bool
    is_out_of_sync: bool
    out_of_sync_reason: str
    last_heart_beat_status: str
    last_password_change_attempt: ApiDate
    checked_out: bool = False
    check_out_enabled: bool = False
    check_out_user_id: int = 0
    check_out_user_name: str = ""
    double_lock_enabled: bool = False
    extended_fields: Sequence[SummaryField] = ()
    has_launcher: bool = False
    hide_password: bool = False
    is_favorite: bool | UnsetType = UNSET  # ours; where it is asked for
    is_restricted: bool = False
    last_accessed: ApiDate | None = None
    requires_approval: bool = False
    requires_comment: bool = False
    response_codes: Sequence[str] = ()


class SecretLookup(Struct):
    """`secretName`, `folderId` and the template's id are read by some clients."""

    id: int
    value: str
    secret_name: str
    folder_id: int
    secret_template_id: int


class SecretDetailGeneralModel(Struct):
    id: int
    name: str
    active: bool
    auto_change_password: bool
    enable_inherit_secret_policy: bool
    expiration: str
    fields: Sequence[str]
    folder: int | None
    heartbeat_enabled: bool
    is_out_of_sync: bool
    last_heart_beat_check: ApiDate | None
    last_heart_beat_status: str
    out_of_sync_reason: str
    site: int | None
    template: int | None
    can_generate_ssh_key: bool = False
    is_favorite: bool = False
    is_totp_enabled: bool = False
    launchers: Sequence[str] = ()
    password_compliance: str = "Pending"  # noqa: S105 - the name of a state
    secret_policy: int | None = None
    slug_private_key: str = ""
    slug_public_key: str = ""
    totp_password_slug: str = ""


class ViewTemplateFieldDropDownOption(Struct):
    id: int
    text: str
    field_value: str


class ViewTemplateFieldOfString(Struct):
    slug: str
    name: str
    label: str
    value: str
    type: str
    description: str
    is_required: bool
    has_history: bool
    sort_order: int
    list_type: str = "None"
    password_requirement_id: int | None = None
    password_type_field: str = ""
    read_only: bool = False
    read_only_reason: str = ""
    hidden: bool = False
    hide_on_view: bool = False
    max_length: int | None = None
    placeholder: str = ""
    field_input_type: str | None = None
    help_link: str = ""
    help_link_text: str = ""
    additional_links: Sequence[str] = ()
    drop_down_options: Sequence[ViewTemplateFieldDropDownOption] = ()


class SecretDetailGeneralViewModel(Struct):
    id: int
    name: View[str]
    active: View[bool]
    auto_change_password: View[bool]
    enable_inherit_secret_policy: View[bool]
    expiration: View[str]
    fields: Sequence[ViewTemplateFieldOfString]
    folder: View[int | None]
    heartbeat_enabled: View[bool]
    is_out_of_sync: View[bool]
    last_heart_beat_check: View[ApiDate | None]
    last_heart_beat_status: View[str]
    out_of_sync_reason: View[str]
    secret_policy: View[int | None]
    site: View[int | None]
    template: View[int | None]
    can_generate_ssh_key: bool = False
    is_favorite: bool = False
    is_totp_enabled: bool = False
    launchers: Sequence[str] = ()
    password_compliance: str = "Pending"  # noqa: S105 - the name of a state
    slug_private_key: str = ""
    slug_public_key: str = ""
    totp_password_slug: str = ""


class OneTimePasswordSettingsModel(Struct):
    """The key is read as the field that it is; there are no backup codes."""

    enabled: bool
    enabled_on_template: bool
    date_changed: ApiDate
    backup_codes: str = ""
    key: str = ""


class SecretDetailSettingsModel(Struct):
    """The settings that Conclave has so far; launchers come later."""

    expiration_type: str
    expiration_day_interval: int | None
    expiration_date: ApiDate | None
    expiration_template_text: str
    one_time_password_settings: OneTimePasswordSettingsModel
    send_email_when_changed: bool = False
    send_email_when_heartbeat_fails: bool = False
    send_email_when_viewed: bool = False


class ActivateSecretResponseModel(Struct):
    success: bool


class SecretShareModel(Struct):
    secret_id: int
    inherit_permissions: bool


class SecretAuditModel(Struct):
    id: int
    action: str
    action_for_display: str
    by_user_display_name: str
    date_recorded: ApiDate
    notes: str
    username: str
    application: str = ""
    database_name: str = ""
    has_proxy_session_data: bool | None = None
    recording_message: str = ""
    recording_session_id: str = ""
    recording_status: int = 0
    status: str = ""
    ticket_number: str = ""


class OneTimePasswordCodeModel(Struct):
    code: str
    duration_seconds: int
    remaining_seconds: int


class TransferModel(Struct):
    """Ours: where a large file is sent to or fetched from, for a quarter of an hour.

    key: 32 bytes in base64; the object is sealed under it: docs/operations/attachments.md
    """

    upload_id: str
    file_name: str
    size: int
    url: str
    key: str


class FormerValue(Struct):
    """Ours: a value that a field once had."""

    version: int
    value: str
    set_at: ApiDate
    until: ApiDate
    file_name: str = ""


class PlacementModel(Struct):
    """Ours: where a secret's values may be sent, and by what account its password is changed."""

    secret_id: int
    privileged_account_secret_id: int | None
    allowed_machines: Sequence[str]
    host_pins: Sequence[str]
