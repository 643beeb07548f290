"""Asking for bulk operations, and looking at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from chalicelib import wiring
from chalicelib.bulk.action import ACTIONS, BY_NAME, Arguments, Kind
from chalicelib.bulk.operation import told
from chalicelib.bulk.service import Progress
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault.comment import said
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import FolderDeed, Role
from chalicelib.vault.people import Wanted
from chalicelib.vault.routes.secret_args import interval_minutes
from chalicelib.vault.routes.visiting import visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .bodies import (
    BulkOperationErrorModel,
    BulkOperationProgressModel,
    BulkOperationResponseMessage,
    MembersArgs,
    NewPasswordsArgs,
    OptionsArgs,
    Permission,
    SecretsArgs,
    Shares,
    SharesArgs,
    ToAccountArgs,
    ToEraseArgs,
    ToFolderArgs,
    ToPolicyArgs,
    ToRequirementArgs,
    ToSiteArgs,
    ToTemplateArgs,
    UsersArgs,
)

MOST_PASSWORD = 1_000
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
    call: Call[Any],
    name: str,
    ids: Sequence[int],
    arguments: Arguments,
    given: Plain | None = None,
) -> BulkOperationResponseMessage:
    return BulkOperationResponseMessage(
        wiring.bulk().ask(visit(call), BY_NAME[name], arguments, ids, given)
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
    shares = _shares(call.body.data)
    return _asked(call, "add-share", call.body.data.secret_ids, {"shares": shares})


def edit_share(call: Call[SharesArgs]) -> BulkOperationResponseMessage:
    """Let exactly these hold grants on each secret"""
    shares = _shares(call.body.data)
    if not any(role == Role.OWNER for *_, role in shares):
        raise Invalid("At least one Owner must remain.")
    return _asked(call, "edit-share", call.body.data.secret_ids, {"shares": shares})


def _shares(asked: Shares) -> list[list[object]]:
    if not 1 <= len(asked.permissions) <= MOST_SHARES:
        raise Invalid(f"There must be 1 to {MOST_SHARES} permissions.")
    return [_share(one) for one in asked.permissions]


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


def change_options(call: Call[OptionsArgs]) -> BulkOperationResponseMessage:
    """Comment and checkout, as far as said"""
    asked = call.body.data
    minutes = asked.check_out_interval_minutes
    given = {
        "required": asked.check_out_enabled,
        "minutes": None if minutes is None else interval_minutes(minutes),
        "changes_password": asked.check_out_change_password_enabled,
    }
    checkout = {name: value for name, value in given.items() if value is not None}
    if not checkout and asked.requires_comment is None:
        raise Invalid("Nothing is to be changed: say requiresComment, or something of checkout.")
    arguments = {"checkout": checkout, "comment": asked.requires_comment}
    return _asked(call, "change-security-options", asked.secret_ids, arguments)


def set_privileged(call: Call[ToAccountArgs]) -> BulkOperationResponseMessage:
    """Which account each password is changed by; whether it may is judged at each"""
    account = max(call.body.data.privileged_account_secret_id or 0, 0)
    arguments = {"account": account}
    return _asked(call, "set-privileged-account", call.body.data.secret_ids, arguments)


def set_requirement(call: Call[ToRequirementArgs]) -> BulkOperationResponseMessage:
    """What their passwords must meet, instead of what their templates say"""
    asked, wanted = call.body.data, max(call.body.data.password_requirement_id, 0)
    if wanted:
        wiring.templates().current().requirement(wanted)
    arguments = {"requirement": wanted, "field": asked.field_name.strip().lower()}
    return _asked(call, "update-password-requirement", asked.secret_ids, arguments)


def request_erase(call: Call[ToEraseArgs]) -> BulkOperationResponseMessage:
    """Ask for each secret to be erased for good"""
    asked = call.body.data
    comment = said(asked.request_comment).text
    if not comment:
        raise Invalid("requestComment must say why.")
    at = asked.erase_after.isoformat() if asked.erase_after else ""
    return _asked(call, "request-erase", asked.secret_ids, {"comment": comment, "at": at})


def change_passwords(call: Call[NewPasswordsArgs]) -> BulkOperationResponseMessage:
    """To a random password each, or to one that is given for all"""
    asked = call.body.data
    if asked.next_passphrase or asked.next_private_key or asked.generate_ssh_key:
        raise Invalid("Keys are not changed in bulk: set them at the secret itself.")
    given = asked.next_password or None
    if given and len(given.reveal()) > MOST_PASSWORD:
        raise Invalid(f"nextPassword has at most {MOST_PASSWORD:,} characters.")
    return _asked(call, "change-password-remotely", asked.secret_ids, {}, given)


def convert_type(call: Call[ToTemplateArgs]) -> BulkOperationResponseMessage:
    """Another template for each secret; values stay as they are"""
    asked = call.body.data
    template = wiring.templates().current().template(asked.secret_template_id)
    pairs = [[one.source_field_id, one.destination_field_id] for one in asked.field_mapping]
    if len(pairs) > len(template.fields):
        raise Invalid("fieldMapping names more fields than the template has.")
    arguments = {"template": template.id, "pairs": pairs}
    return _asked(call, "convert-type", asked.secret_ids, arguments)


_BODIES: dict[str, tuple[type[Struct], Asking]] = {
    "add-share": (SharesArgs, add_share),
    "assign-site": (ToSiteArgs, assign_site),
    "assign-secret-policy": (ToPolicyArgs, assign_policy),
    "change-password-remotely": (NewPasswordsArgs, change_passwords),
    "change-security-options": (OptionsArgs, change_options),
    "convert-type": (ToTemplateArgs, convert_type),
    "edit-share": (SharesArgs, edit_share),
    "move-to-folder": (ToFolderArgs, move_to_folder),
    "request-erase": (ToEraseArgs, request_erase),
    "set-privileged-account": (ToAccountArgs, set_privileged),
    "update-password-requirement": (ToRequirementArgs, set_requirement),
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
