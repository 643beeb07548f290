"""What the API says of folders, of grants on them and on secrets."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.web.shapes import ApiDate, Dirty, NotYet, ReadOver, Struct

from .policy_models import SecretPolicyModel

NO_POLICY = -1


class TemplateViewModel(Struct):
    id: int
    name: str


class SecretTemplateSummary(Struct):
    id: int
    name: str
    active: bool = True
    heartbeat_enabled: bool = False
    password_type_id: int | None = None
    password_type_ready: bool = False
    secret_count: int | None = None


class FolderSummary(Struct):
    id: int
    folder_name: str
    folder_path: str
    parent_folder_id: int
    inherit_permissions: bool
    inherit_secret_policy: bool
    folder_type_id: int = 1
    secret_policy_id: int = NO_POLICY


class FolderModel(FolderSummary):
    child_folders: Sequence[FolderModel] = ()
    secret_templates: Sequence[SecretTemplateSummary] = ()


class FolderLookup(Struct):
    id: int
    value: str


class FolderDetailQuery(Struct):
    """`returnEmptyInsteadOfNoAccessException`: no folder instead of an error where it is not found.

    Templates have no extended types here.
    """

    extended_field_type_ids: NotYet | None = None
    extended_type_id: NotYet | None = None
    return_empty_instead_of_no_access_exception: bool = False


class FolderDetailViewModel(Struct):
    id: int
    name: str
    actions: Sequence[str]
    allowed_templates: Sequence[TemplateViewModel]
    folder_warning: str = ""


class FolderBasicModel(Struct):
    """Whoever may view policies sees the active ones, and the name of the parent's."""

    folder_name: str
    enable_inherit_permissions: bool
    enable_inherit_secret_policy: bool
    has_edit: bool
    has_owner: bool
    parent_folder_id: int | None
    allowed_templates: Sequence[int] = ()
    is_personal_folder: bool = False
    parent_folder_policy_name: str = ""
    secret_policies: Sequence[SecretPolicyModel] = ()
    secret_policy: int | None = None
    secret_templates: Sequence[TemplateViewModel] = ()


class FolderAuditSummary(Struct):
    action: str
    audit_folder_id: int
    date_recorded: ApiDate
    display_name: str
    notes: str


class FolderCreateArgs(Struct):
    folder_name: str
    parent_folder_id: int = -1
    folder_type_id: int = 1
    inherit_permissions: bool | None = None
    inherit_secret_policy: bool | None = None
    secret_policy_id: int | None = None


class FolderUpdateArgs(Struct):
    folder_name: str
    folder_type_id: ReadOver | None = None
    id: int | None = None
    parent_folder_id: int | None = None
    inherit_permissions: bool | None = None
    inherit_secret_policy: bool | None = None
    secret_policy_id: int | None = None


class FolderPatch(Struct):
    """`allowedTemplates`: of secrets that come into it from now on; [] for any, null leaves it."""

    folder_name: Dirty[str] | None = None
    enable_inherit_permissions: Dirty[bool] | None = None
    enable_inherit_secret_policy: Dirty[bool] | None = None
    secret_policy: Dirty[int | None] | None = None
    allowed_templates: Sequence[int] | None = None
    allow_remove_owner: ReadOver | None = None
    permissons: NotYet | None = None


class FolderPatchArgs(Struct):
    data: FolderPatch


class FolderPermissionModel(Struct):
    id: int
    folder_id: int
    group_id: int | None
    group_name: str
    user_id: int | None
    user_name: str
    known_as: str
    folder_access_role_id: int
    folder_access_role_name: str
    secret_access_role_id: int | None
    secret_access_role_name: str


class FolderPermissionSummary(FolderPermissionModel):
    domain_name: str = ""


class FolderPermissionCreateArgs(Struct):
    folder_id: int
    folder_access_role_name: str
    secret_access_role_name: str | None = None
    user_id: int | None = None
    group_id: int | None = None
    user_name: str | None = None
    group_name: str | None = None
    break_inheritance: bool = False


class FolderPermissionUpdateArgs(Struct):
    folder_access_role_name: str
    secret_access_role_name: str | None = None
    id: int | None = None
    folder_id: int | None = None
    break_inheritance: bool = False


class SecretPermissionModel(Struct):
    id: int
    secret_id: int
    group_id: int | None
    group_name: str
    user_id: int | None
    user_name: str
    known_as: str
    secret_access_role_id: int | None
    secret_access_role_name: str


class SecretPermissionSummary(SecretPermissionModel):
    domain_name: str = ""


class SecretPermissionCreateArgs(Struct):
    secret_id: int
    secret_access_role_name: str
    user_id: int | None = None
    group_id: int | None = None
    user_name: str | None = None
    group_name: str | None = None
    domain_name: NotYet | None = None


class SecretPermissionUpdateArgs(Struct):
    secret_access_role_name: str
    id: int | None = None
    secret_id: int | None = None
