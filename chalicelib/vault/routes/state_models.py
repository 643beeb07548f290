"""What the API says of where a secret stands: its state, and its checkout."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chalicelib.web.shapes import ApiDate, Struct, View


class SecretStateFlagsModel(Struct):
    secret_id: int
    heartbeat_in_use: bool
    heartbeat_status: str
    password_change_state: str
    password_compliance: str = "Pending"  # noqa: S105 - the name of a state


class SecretDetailStateActionsModel(Struct):
    extend_check_out: bool = False


class SecretDetailStateViewModel(Struct):
    id: int
    secret_name: str
    folder_id: int
    folder_name: str
    inherit_permissions: bool
    is_active: bool
    role: str
    secret_state: str
    actions: Sequence[str]
    password_change_pending: bool
    password_change_failed: bool
    secret_state_flags: SecretStateFlagsModel
    available_actions: SecretDetailStateActionsModel = msgspec.field(
        default_factory=SecretDetailStateActionsModel
    )
    approval_end: ApiDate | None = None
    checked_out_user_display_name: str = ""
    checked_out_user_id: int | None = None
    check_out_interval_minutes: int | None = None
    check_out_minutes_remaining: int | None = None
    is_checked_out: bool = False
    is_checked_out_by_current_user: bool = False
    remaining_time_warning_minute_marker: int | None = None
    required_extended_type_id: int = 0
    warning_minutes_remaining: int | None = None


class SecretResponseCodeModel(Struct):
    response_codes: Sequence[str] = ()


class SecretCheckOutExtensionResponseModel(Struct):
    check_out_end_time: ApiDate


class SecretDetailUserViewModel(Struct):
    """A user is named by his own group's id."""

    display_name: str
    group_id: int
    is_group: bool


class SecretDetailSecurityPasswordRequirement(Struct):
    """isCustom: the secret's own, and not its template's."""

    field_display_name: str
    field_name: str
    is_custom: bool
    password_requirement_id: int
    password_requirement_name: str


class SecretDetailSecurityPasswordRequirements(Struct):
    requirements: Sequence[SecretDetailSecurityPasswordRequirement]
    validate_on_create: bool
    validate_on_edit: bool


class SecretDetailSecurityModel(Struct):
    """The guards that Conclave has so far; proxies and recording come later."""

    requires_comment: bool
    require_approval_type: str
    approvers: Sequence[SecretDetailUserViewModel]
    check_out_enabled: bool
    check_out_interval_minutes: int | None
    check_out_change_password_enabled: bool
    check_out_interval_display: str
    check_out_default_interval_display: str
    password_requirements: SecretDetailSecurityPasswordRequirements
    double_lock_id: int = 0
    double_lock_name: str = ""
    hide_launcher_password: bool = False
    is_double_lock: bool = False
    proxy_enabled: bool = False
    session_recording_enabled: bool = False


class SecretTermsModel(SecretDetailSecurityModel):
    """Ours: with the workflow whose steps count instead of the approvers; 0 for none."""

    workflow_template_id: int = 0
    workflow_name: str = ""


class SecretDetailSecurityViewModel(Struct):
    """The same, as a form shows it."""

    requires_comment: View[bool]
    require_approval_type: View[str]
    approvers: View[Sequence[SecretDetailUserViewModel]]
    check_out_enabled: View[bool]
    check_out_interval_minutes: View[int | None]
    check_out_change_password_enabled: View[bool]
    check_out_interval_display: View[str]
    check_out_default_interval_display: View[str]
    double_lock_id: View[int]
    double_lock_name: View[str]
    is_double_lock: View[bool]
    password_requirements: SecretDetailSecurityPasswordRequirements


class SecretSecurityUpdateResponse(Struct):
    model: SecretDetailSecurityModel
    success: bool = True
