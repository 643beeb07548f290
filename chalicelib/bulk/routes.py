"""Asking for bulk operations, and looking at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import FolderDeed, Role
from chalicelib.vault.people import Wanted
from chalicelib.vault.routes.visiting import visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import NotYet, ReadOver, Struct

from .action import ACTIONS, BY_NAME, Arguments, Kind
from .operation import told
from .service import Progress


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
    """Each secret gets a random password of its own: a given one is refused."""

    secret_ids: tuple[int, ...]
    next_password: Plain | None = None
    next_passphrase: Plain | None = None
    next_private_key: Plain | None = None
    generate_ssh_key: bool | None = None
    do_not_generate_passphrase: ReadOver | None = None
    force_next_key_reset: NotYet | None = None


class NewPasswordsArgs(Struct):
    data: NewPasswords


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


MOST_SHARES = 20
"""Of one operation: they fit in one change of each secret."""

Asking: TypeAlias = Callable[[Call[Any]], BulkOperationResponseMessage]


def _declare(name: str, body: type[Struct], handler: Asking) -> None:
    """The endpoint of an action, as the table of actions has it."""
    action = BY_NAME[name]
    endpoint(
        "POST",
        action.path,
        body=body,
        returns=BulkOperationResponseMessage,
        permission=action.permission,
        writes="vault" if action.writes_vault else "cluster",
        when_view_only=action.when_view_only,
        errors=(AccessDenied, Invalid, NotFound, Unavailable),
    )(handler)


def _asked(
    call: Call[Any], name: str, ids: Sequence[int], arguments: Arguments
) -> BulkOperationResponseMessage:
    return BulkOperationResponseMessage(
        wiring.bulk().ask(visit(call), BY_NAME[name], arguments, ids)
    )


def _of_secrets(name: str) -> Asking:
    def ask(call: Call[SecretsArgs]) -> BulkOperationResponseMessage:
        return _asked(call, name, call.body.data.secret_ids, {})

    return ask


def _of_users(name: str) -> Asking:
    def ask(call: Call[UsersArgs]) -> BulkOperationResponseMessage:
        return _asked(call, name, call.body.data.user_ids, {})

    return ask


def _of_members(name: str) -> Asking:
    def ask(call: Call[MembersArgs]) -> BulkOperationResponseMessage:
        group = wiring.groups().get(call.body.data.group_id)
        return _asked(call, name, call.body.data.user_ids, {"group": group.id})

    return ask


def add_share(call: Call[SharesArgs]) -> BulkOperationResponseMessage:
    asked = call.body.data
    if not 1 <= len(asked.permissions) <= MOST_SHARES:
        raise Invalid(f"There must be 1 to {MOST_SHARES} permissions.")
    shares = [_share(one) for one in asked.permissions]
    return _asked(call, "add-share", asked.secret_ids, {"shares": shares})


def _share(one: Permission) -> list[object]:
    if one.secret_access_role_id not in set(Role):
        raise Invalid("secretAccessRoleId must be 1 (List), 2 (View), 3 (Edit) or 4 (Owner).")
    to = wiring.directory().find(Wanted(group_id=one.group_id)).to
    return [to.who.value, to.id, one.secret_access_role_id]


def assign_site(call: Call[ToSiteArgs]) -> BulkOperationResponseMessage:
    site = wiring.sites().site(call.body.data.site_id)
    return _asked(call, "assign-site", call.body.data.secret_ids, {"site": site.id})


def assign_policy(call: Call[ToPolicyArgs]) -> BulkOperationResponseMessage:
    """An id below 1 takes their own policies off them."""
    asked = call.body.data
    policy = 0 if asked.inherit_secret_policy else max(asked.secret_policy_id, 0)
    if policy and wiring.policies().current().counting(policy) is None:
        raise NotFound("The secret policy was not found, or is not active.")
    arguments = {"policy": policy, "inherits": asked.inherit_secret_policy}
    return _asked(call, "assign-secret-policy", asked.secret_ids, arguments)


def move_to_folder(call: Call[ToFolderArgs]) -> BulkOperationResponseMessage:
    folder = call.body.data.folder_id if call.body.data.folder_id > 0 else NO_FOLDER
    if folder != NO_FOLDER:
        wiring.folders().see(visit(call), folder, FolderDeed.ADD_SECRET)
    return _asked(call, "move-to-folder", call.body.data.secret_ids, {"folder": folder})


def change_passwords(call: Call[NewPasswordsArgs]) -> BulkOperationResponseMessage:
    asked = call.body.data
    given = (asked.next_password, asked.next_passphrase, asked.next_private_key)
    if any(given) or asked.generate_ssh_key:
        raise Invalid(
            "In bulk each secret gets a random password of its own: "
            "set a given one, or a key, at the secret itself."
        )
    return _asked(call, "change-password-remotely", asked.secret_ids, {})


_BODIES: dict[str, tuple[type[Struct], Asking]] = {
    "add-share": (SharesArgs, add_share),
    "assign-site": (ToSiteArgs, assign_site),
    "assign-secret-policy": (ToPolicyArgs, assign_policy),
    "change-password-remotely": (NewPasswordsArgs, change_passwords),
    "move-to-folder": (ToFolderArgs, move_to_folder),
    "add-to-group": (MembersArgs, _of_members("add-to-group")),
    "remove-from-group": (MembersArgs, _of_members("remove-from-group")),
}
"""The actions that ask for more than ids."""

_BARE: dict[Kind, tuple[type[Struct], Callable[[str], Asking]]] = {
    Kind.SECRET: (SecretsArgs, _of_secrets),
    Kind.USER: (UsersArgs, _of_users),
}

for _action in ACTIONS:
    if _action.name in _BODIES:
        _declare(_action.name, *_BODIES[_action.name])
    else:
        _body, _make = _BARE[_action.kind]
        _declare(_action.name, _body, _make(_action.name))


@endpoint(
    "GET",
    "/api/v1/bulk-operations/{id}/progress",
    returns=BulkOperationProgressModel,
    errors=(NotFound,),
)
def get_progress(call: Call[None]) -> BulkOperationProgressModel:
    return _model(wiring.bulk().progress(call.principal, call.path["id"]))


@endpoint(
    "POST",
    "/api/v1/bulk-operations/{id}/cancel",
    returns=BulkOperationProgressModel,
    writes="cluster",
    errors=(NotFound, AccessDenied),
)
def cancel(call: Call[None]) -> BulkOperationProgressModel:
    """Ours: it ends before its next item. What was done stays done."""
    return _model(wiring.bulk().cancel(call.principal, call.path["id"], call.now))


def _model(known: Progress) -> BulkOperationProgressModel:
    one = known.operation
    return BulkOperationProgressModel(
        errors=[BulkOperationErrorModel(why, name) for name, why in known.errors],
        identifier=one.id,
        is_complete=one.is_over,
        percentage_complete=one.percentage,
        status_message=told(one),
    )
