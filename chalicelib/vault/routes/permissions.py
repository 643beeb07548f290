"""Grants on folders and on secrets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.paging import Page, Paging, page
from chalicelib.vault.grants import FolderRole, Who, folder_role_named, role_named
from chalicelib.vault.people import Wanted
from chalicelib.vault.service import Held, Roles
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    DeletedModel,
    Paged,
    PagedQuery,
    ReadOver,
    Struct,
    paged,
    paged_answer,
)

from . import folder_models as models
from .visiting import visit

F = TypeVar("F", models.FolderPermissionModel, models.FolderPermissionSummary)
S = TypeVar("S", models.SecretPermissionModel, models.SecretPermissionSummary)


LOCAL_DOMAIN = (None, 0, -1)
"""The domain of everybody here, or no matter which."""


class HolderQuery(PagedQuery):
    """Whose grants are asked for."""

    user_id: int | None = None
    group_id: int | None = None
    user_name: str = ""
    group_name: str = ""
    search_text: str = ""
    domain_id: int | None = None
    domain_name: str = ""

    def page(self, held: Iterable[Held]) -> Page[Held]:
        found = [one for one in held if self._finds(one)]
        asked: Paging = paged(self)
        return page(found, asked, _property)

    def _finds(self, held: Held) -> bool:
        to, named = held.grant.to, held.holder
        tests = (
            not self.user_id or (to.who is Who.USER and to.id == self.user_id),
            not self.group_id or self.group_id in (named.group_id, _group_id(held)),
            self.user_name.casefold() in named.name.casefold(),
            self.group_name.casefold() in named.name.casefold(),
            self.search_text.strip().casefold() in named.known_as.casefold(),
            self.domain_id in LOCAL_DOMAIN,
            self.domain_name.strip().lower() in ("", "local"),
        )
        return all(tests)


class FolderPermissionQuery(HolderQuery):
    """The last three leave out grants by their role on the folder."""

    folder_id: int | None = None
    exclude_owners: bool = False
    exclude_editors: bool = False
    exclude_viewers: bool = False

    def _finds(self, held: Held) -> bool:
        left_out = {
            FolderRole.OWNER: self.exclude_owners,
            FolderRole.EDIT: self.exclude_editors,
            FolderRole.VIEW: self.exclude_viewers,
        }
        role = held.grant.folder_role
        # not super(): structs are made anew, and forget the class that it means
        return HolderQuery._finds(self, held) and not (role and left_out.get(role, False))


class SecretPermissionQuery(HolderQuery):
    secret_id: int | None = None


class OneQuery(Struct):
    """What is given to who is disabled is answered as the rest is."""

    include_inactive: ReadOver | None = None


class DeleteQuery(Struct):
    break_inheritance: bool = False


@endpoint(
    "GET",
    "/api/v1/folder-permissions",
    query=FolderPermissionQuery,
    returns=Paged[models.FolderPermissionSummary],
    errors=[NotFound],
)
def folder_permissions(call: Call[None]) -> Paged[models.FolderPermissionSummary]:
    asked: FolderPermissionQuery = call.query
    service, asker = wiring.folder_permissions(), visit(call)
    held = service.on(asker, asked.folder_id) if asked.folder_id else service.everywhere(asker)
    return paged_answer(
        asked.page(held), lambda one: _on_folder(models.FolderPermissionSummary, one)
    )


@endpoint(
    "POST",
    "/api/v1/folder-permissions",
    body=models.FolderPermissionCreateArgs,
    returns=models.FolderPermissionModel,
    writes="vault",
    errors=[NotFound],
)
def give_on_folder(
    call: Call[models.FolderPermissionCreateArgs],
) -> models.FolderPermissionModel:
    body = call.body
    wanted = Wanted(body.user_id, body.group_id, body.user_name or "", body.group_name or "")
    roles = _roles(body.folder_access_role_name, body.secret_access_role_name)
    held = wiring.folder_permissions().give(
        visit(call), body.folder_id, wanted, roles, body.break_inheritance
    )
    return _on_folder(models.FolderPermissionModel, held)


@endpoint(
    "GET",
    "/api/v1/folder-permissions/{id}",
    query=OneQuery,
    returns=models.FolderPermissionModel,
)
def folder_permission(call: Call[None]) -> models.FolderPermissionModel:
    held = wiring.folder_permissions().get(visit(call), call.id())
    return _on_folder(models.FolderPermissionModel, held)


@endpoint(
    "PUT",
    "/api/v1/folder-permissions/{id}",
    body=models.FolderPermissionUpdateArgs,
    returns=models.FolderPermissionModel,
    writes="vault",
)
def change_on_folder(
    call: Call[models.FolderPermissionUpdateArgs],
) -> models.FolderPermissionModel:
    _demand_same(call.body.id, call.id())
    roles = _roles(call.body.folder_access_role_name, call.body.secret_access_role_name)
    held = wiring.folder_permissions().change(visit(call), call.id(), roles)
    return _on_folder(models.FolderPermissionModel, held)


@endpoint(
    "DELETE",
    "/api/v1/folder-permissions/{id}",
    query=DeleteQuery,
    returns=DeletedModel,
    writes="vault",
)
def take_from_folder(call: Call[None]) -> DeletedModel:
    wiring.folder_permissions().take(visit(call), call.id())
    return DeletedModel(call.id(), "FolderPermission")


@endpoint(
    "GET",
    "/api/v1/secret-permissions",
    query=SecretPermissionQuery,
    returns=Paged[models.SecretPermissionSummary],
    errors=[NotFound],
)
def secret_permissions(call: Call[None]) -> Paged[models.SecretPermissionSummary]:
    asked: SecretPermissionQuery = call.query
    if not asked.secret_id:
        raise Invalid("filter.secretId is required.")
    held = wiring.secret_permissions().on(visit(call), asked.secret_id)
    return paged_answer(
        asked.page(held), lambda one: _on_secret(models.SecretPermissionSummary, one)
    )


@endpoint(
    "POST",
    "/api/v1/secret-permissions",
    body=models.SecretPermissionCreateArgs,
    returns=models.SecretPermissionModel,
    writes="vault",
    errors=[NotFound],
)
def give_on_secret(
    call: Call[models.SecretPermissionCreateArgs],
) -> models.SecretPermissionModel:
    body = call.body
    wanted = Wanted(body.user_id, body.group_id, body.user_name or "", body.group_name or "")
    role = role_named(body.secret_access_role_name)
    held = wiring.secret_permissions().give(visit(call), body.secret_id, wanted, role)
    return _on_secret(models.SecretPermissionModel, held)


@endpoint(
    "GET",
    "/api/v1/secret-permissions/{id}",
    query=OneQuery,
    returns=models.SecretPermissionModel,
)
def secret_permission(call: Call[None]) -> models.SecretPermissionModel:
    held = wiring.secret_permissions().get(visit(call), call.id())
    return _on_secret(models.SecretPermissionModel, held)


@endpoint(
    "PUT",
    "/api/v1/secret-permissions/{id}",
    body=models.SecretPermissionUpdateArgs,
    returns=models.SecretPermissionModel,
    writes="vault",
)
def change_on_secret(
    call: Call[models.SecretPermissionUpdateArgs],
) -> models.SecretPermissionModel:
    _demand_same(call.body.id, call.id())
    role = role_named(call.body.secret_access_role_name)
    held = wiring.secret_permissions().change(visit(call), call.id(), role)
    return _on_secret(models.SecretPermissionModel, held)


@endpoint("DELETE", "/api/v1/secret-permissions/{id}", returns=DeletedModel, writes="vault")
def take_from_secret(call: Call[None]) -> DeletedModel:
    wiring.secret_permissions().take(visit(call), call.id())
    return DeletedModel(call.id(), "SecretPermission")


def _roles(folder_role: str, role: str | None) -> Roles:
    return Roles(role_named(role), folder_role_named(folder_role))


def _demand_same(of_body: int | None, of_path: int) -> None:
    if of_body not in (None, 0, of_path):
        raise Invalid("The id of the body is another permission's.")


def _group_id(held: Held) -> int:
    """The contract's groupId: of a user, his personal group."""
    return held.grant.to.id if held.grant.to.who is Who.GROUP else held.holder.group_id


def _on_folder(kind: type[F], held: Held) -> F:
    is_user, grant = held.grant.to.who is Who.USER, held.grant
    return kind(
        id=grant.id,
        folder_id=held.on,
        group_id=_group_id(held),
        group_name=held.holder.name,
        user_id=grant.to.id if is_user else _nobody(kind),
        user_name=held.holder.name if is_user else "",
        known_as=held.holder.known_as,
        folder_access_role_id=int(grant.folder_role or 0),
        folder_access_role_name=grant.folder_role.label if grant.folder_role else "",
        secret_access_role_id=int(grant.role) if grant.role else None,
        secret_access_role_name=grant.role.label if grant.role else "",
    )


def _on_secret(kind: type[S], held: Held) -> S:
    is_user, grant = held.grant.to.who is Who.USER, held.grant
    return kind(
        id=grant.id,
        secret_id=held.on,
        group_id=_group_id(held),
        group_name=held.holder.name,
        user_id=grant.to.id if is_user else _nobody(kind),
        user_name=held.holder.name if is_user else "",
        known_as=held.holder.known_as,
        secret_access_role_id=int(grant.role) if grant.role else None,
        secret_access_role_name=grant.role.label if grant.role else "",
    )


def _nobody(kind: type[Struct]) -> int | None:
    """The userId of a group's grant: the contract's models hold a number, its summaries null."""
    summaries = (models.FolderPermissionSummary, models.SecretPermissionSummary)
    return None if kind in summaries else 0


def _property(held: Held, name: str) -> object:
    known = {"id": held.grant.id, "knownas": held.holder.known_as, "username": held.holder.name}
    return known.get(name.lower(), held.holder.name)
