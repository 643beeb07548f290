"""What the API says of templates, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.web.shapes import Dirty, NotYet, PagedQuery, ReadOver, Struct


class SecretTemplateField(Struct):
    secret_template_field_id: int
    field_slug_name: str
    name: str
    display_name: str
    description: str
    sort_order: int
    is_required: bool
    is_password: bool
    is_notes: bool
    is_file: bool
    is_url: bool
    is_list: bool
    list_type: str
    is_indexable: bool
    history_length: int
    password_requirement_id: int
    password_type_field_id: int
    generate_password_length: int | None
    generate_password_character_set: str
    edit_requires: str
    hide_on_view: bool
    editable_permission: int = 0
    is_expiration_field: bool = False
    must_encrypt: bool = True


class SecretTemplateModel(Struct):
    id: int
    name: str
    password_type_id: int | None
    fields: Sequence[SecretTemplateField]
    concurrency_id: str


class SecretTemplateFieldOptionModel(Struct):
    id: int
    value: str


class SecretTemplateFieldModel(Struct):
    id: int
    name: str
    slug_name: str
    description: str
    data_type: str
    required: bool
    searchable: bool
    sort_order: int
    history_length: int
    password_requirement: int | None
    active: bool
    dropdown_options: Sequence[SecretTemplateFieldOptionModel]
    edit_requires_permission: str
    viewing_requires_edit: bool
    expose_for_display: bool = False
    save_all_history: bool = False


class SecretTemplateFieldSummaryModel(Struct):
    id: int
    name: str
    slug_name: str
    description: str
    type: str
    required: bool
    searchable: bool
    sort_order: int
    history_length: int
    active: bool
    edit_requires_permission: str
    viewing_requires_edit: bool
    expose_for_display: bool = False


class SecretTemplateDetailModel(Struct):
    id: int
    name: str
    expiration_days: int | None
    validate_password_requirements_on_create: bool
    validate_password_requirements_on_edit: bool
    active: bool
    description: str
    name_pattern: str
    name_pattern_error_message: str
    secret_count: int
    expiration_change_required_on_field_id: int | None = None
    one_time_password_duration: int | None = None
    one_time_password_enabled: bool = False
    one_time_password_hash: str | None = None
    one_time_password_length: int | None = None
    permission_required_to_edit_password_change_configuration: str = "Edit"  # noqa: S105
    save_all_name_history: bool = False
    secret_name_history_length: int | None = None
    ssh_key_algorithm: str = ""
    ssh_key_format: str = ""
    ssh_key_size: str | None = None
    ticket_system_script_args: str = ""


class PasswordTypeFieldModel(Struct):
    password_type_field_id: int
    password_type_field_name: str
    password_type_field_raw: str
    secret_field_id: int | None
    secret_field_name: str


class FieldDropDownOption(Struct):
    """`ViewFieldDropDownOption` of the contract."""

    field_display: str
    field_value: str


class SecretTemplatePasswordTypeModel(Struct):
    password_type_id: int | None
    enable_heartbeat: bool
    enable_rpc: bool
    fields: Sequence[PasswordTypeFieldModel]
    password_type_fields: Sequence[FieldDropDownOption]
    secret_type_fields: Sequence[FieldDropDownOption]
    heartbeat_interval_days: int
    heartbeat_interval_hours: int
    heartbeat_interval_minutes: int
    heartbeat_interval_display: str
    heartbeat_interval_label: str = "Heartbeat interval"
    heartbeat_note: str = ""
    default_privileged_secret_id: int | None = None
    legacy_password_type_ids: Sequence[int] = ()
    rpc_interval_days: int = 0
    rpc_interval_hours: int = 0
    rpc_interval_minutes: int = 0
    rpc_interval_display: str = ""
    rpc_interval_label: str = ""
    rpc_max_attempts: int | None = None
    rpc_note: str = ""


class TemplateQuery(PagedQuery):
    search_text: str = ""
    heartbeat_enabled: str = ""
    password_type_ready: str = ""
    password_type_ids: Sequence[int] = ()
    include_inactive: bool = False
    include_secret_count: bool = False
    scan_item_template_id: NotYet | None = None


class FieldQuery(PagedQuery):
    secret_template_id: int | None = None
    include_inactive: bool = False


class FieldArgs(Struct):
    """`SecretTemplateFieldCreateArgs`, and with an id `…UpdateArgs`; absent ones stay as they are.

    How passwords are made is the requirement's to say: generatePassword… may only be what that
    says. Every value is encrypted.
    """

    secret_template_field_id: int | None = None
    name: str | None = None
    display_name: str | None = None
    field_slug_name: str | None = None
    description: str | None = None
    sort_order: int | None = None
    is_required: bool | None = None
    is_password: bool | None = None
    is_notes: bool | None = None
    is_file: bool | None = None
    is_url: bool | None = None
    list_type: str | None = None
    is_indexable: bool | None = None
    history_length: int | None = None
    password_requirement_id: int | None = None
    password_type_field_id: int | None = None
    edit_requires: str | None = None
    hide_on_view: bool | None = None
    generate_password_length: int | None = None
    generate_password_character_set: str | None = None
    editable_permission: NotYet | None = None
    is_expiration_field: NotYet | None = None
    must_encrypt: ReadOver | None = None


class TemplateCreateArgs(Struct):
    """`SecretTemplateCreateArgs`."""

    name: str
    fields: Sequence[FieldArgs] = ()
    password_type_id: int | None = None
    concurrency_id: ReadOver | None = None


class NewField(Struct):
    """`SecretTemplateFieldCreateModel`."""

    name: str
    data_type: str = "Text"
    description: str = ""
    field_slug_name: str = ""


class NewFieldArgs(Struct):
    data: NewField


class RemovedOption(Struct):
    value: str = ""
    id: int | None = None


class FieldPatch(Struct):
    """`SecretTemplateFieldPatchModel`."""

    active: Dirty[bool] | None = None
    data_type: Dirty[str] | None = None
    description: Dirty[str] | None = None
    dropdown_options_to_add: Dirty[Sequence[str]] | None = None
    dropdown_options_to_remove: Dirty[Sequence[RemovedOption]] | None = None
    dropdown_options_to_update: Dirty[Sequence[SecretTemplateFieldOptionModel]] | None = None
    edit_requires_permission: Dirty[str] | None = None
    expose_for_display: Dirty[bool] | None = None
    history_length: Dirty[int] | None = None
    name: Dirty[str] | None = None
    password_requirement: Dirty[int | None] | None = None
    required: Dirty[bool] | None = None
    save_all_history: Dirty[bool] | None = None
    searchable: Dirty[bool] | None = None
    slug_name: Dirty[str] | None = None
    sort_order: Dirty[int] | None = None
    viewing_requires_edit: Dirty[bool] | None = None


class FieldPatchArgs(Struct):
    data: FieldPatch


class TemplatePatch(Struct):
    """`SecretTemplateDetailPatchModel`."""

    active: Dirty[bool] | None = None
    description: Dirty[str] | None = None
    expiration_days: Dirty[int] | None = None
    expiration_enabled: Dirty[bool] | None = None
    name: Dirty[str] | None = None
    name_pattern: Dirty[str] | None = None
    name_pattern_error_message: Dirty[str] | None = None
    validate_password_requirements_on_create: Dirty[bool] | None = None
    validate_password_requirements_on_edit: Dirty[bool] | None = None
    expiration_change_required_on_field_id: Dirty[int | None] | None = None
    permission_required_to_edit_password_change_configuration: Dirty[str] | None = None
    one_time_password_duration: Dirty[int] | None = None
    one_time_password_enabled: Dirty[bool] | None = None
    one_time_password_hash: Dirty[str] | None = None
    one_time_password_length: Dirty[int] | None = None
    save_all_name_history: NotYet | None = None
    secret_name_history_length: NotYet | None = None
    ssh_key_algorithm: NotYet | None = None
    ssh_key_format: NotYet | None = None
    ssh_key_size: NotYet | None = None
    ticket_system_script_args: NotYet | None = None


class TemplatePatchArgs(Struct):
    data: TemplatePatch


class PasswordTypePatch(Struct):
    """`SecretTemplatePasswordTypePatchModel`: of it, how often passwords are tried."""

    heartbeat_interval_days: Dirty[int] | None = None
    heartbeat_interval_hours: Dirty[int] | None = None
    heartbeat_interval_minutes: Dirty[int] | None = None
    password_type_id: Dirty[int | None] | None = None
    enable_heartbeat: Dirty[bool] | None = None
    enable_rpc: Dirty[bool] | None = None
    default_privileged_secret_id: NotYet | None = None
    fields: NotYet | None = None
    rpc_interval_days: NotYet | None = None
    rpc_interval_hours: NotYet | None = None
    rpc_interval_minutes: NotYet | None = None
    rpc_max_attempts: NotYet | None = None


class PasswordTypePatchArgs(Struct):
    data: PasswordTypePatch
