"""What clients send to ask for bulk operations, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.plain import Plain
from chalicelib.web.shapes import ApiDate, NotYet, ReadOver, Struct


class Secrets(Struct):
    secret_ids: tuple[int, ...]


class SecretsArgs(Struct):
    data: Secrets


class Permission(Struct):
    """`groupId` may be that of a user's personal group."""

    group_id: int
    secret_access_role_id: int
    is_personal: ReadOver | None = None


class Shares(Struct):
    secret_ids: tuple[int, ...]
    permissions: tuple[Permission, ...]


class SharesArgs(Struct):
    data: Shares


class ToSite(Struct):
    secret_ids: tuple[int, ...]
    site_id: int


class ToSiteArgs(Struct):
    data: ToSite


class ToPolicy(Struct):
    secret_ids: tuple[int, ...]
    secret_policy_id: int = 0
    inherit_secret_policy: bool = False


class ToPolicyArgs(Struct):
    data: ToPolicy


class ToFolder(Struct):
    secret_ids: tuple[int, ...]
    folder_id: int


class ToFolderArgs(Struct):
    data: ToFolder


class NewPasswords(Struct):
    """Each secret gets nextPassword, or without it a random password of its own."""

    secret_ids: tuple[int, ...]
    next_password: Plain | None = None
    next_passphrase: Plain | None = None
    next_private_key: Plain | None = None
    generate_ssh_key: bool | None = None
    do_not_generate_passphrase: ReadOver | None = None
    force_next_key_reset: NotYet | None = None


class NewPasswordsArgs(Struct):
    data: NewPasswords


class FieldPair(Struct):
    """ids of fields"""

    source_field_id: int
    destination_field_id: int


class ToTemplate(Struct):
    """Without fieldMapping the values go where they usually go: see get-convert-info."""

    secret_ids: tuple[int, ...]
    secret_template_id: int
    field_mapping: tuple[FieldPair, ...] = ()


class ToTemplateArgs(Struct):
    data: ToTemplate


class Options(Struct):
    """What is absent stays as each secret has it."""

    secret_ids: tuple[int, ...]
    requires_comment: bool | None = None
    check_out_enabled: bool | None = None
    check_out_interval_minutes: int | None = None
    check_out_change_password_enabled: bool | None = None


class OptionsArgs(Struct):
    data: Options


class ToAccount(Struct):
    """null or 0 detaches."""

    secret_ids: tuple[int, ...]
    privileged_account_secret_id: int | None = None


class ToAccountArgs(Struct):
    data: ToAccount


class ToRequirement(Struct):
    """fieldName: the slug of a field, "" for each password; 0 is the template's requirement."""

    secret_ids: tuple[int, ...]
    password_requirement_id: int
    field_name: str = ""


class ToRequirementArgs(Struct):
    data: ToRequirement


class ToErase(Struct):
    secret_ids: tuple[int, ...]
    request_comment: str
    erase_after: ApiDate | None = None


class ToEraseArgs(Struct):
    data: ToErase


class Users(Struct):
    user_ids: tuple[int, ...]


class UsersArgs(Struct):
    data: Users


class Members(Struct):
    user_ids: tuple[int, ...]
    group_id: int


class MembersArgs(Struct):
    data: Members


class BulkOperationResponseMessage(Struct):
    bulk_operation_id: str


class BulkOperationErrorModel(Struct):
    error_message: str
    item_name: str


class BulkOperationProgressModel(Struct):
    errors: Sequence[BulkOperationErrorModel]
    identifier: str
    is_complete: bool
    percentage_complete: int
    status_message: str
