"""Roles, their permissions, and who has them."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.access.permission import Permission
from chalicelib.access.permissions import BY_NAME, IN_USE
from chalicelib.access.role import Role
from chalicelib.access.service.roles import AssignedRole, permissions_held
from chalicelib.core.errors import AccessDenied, StillUsed
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    ApiDate,
    Dirty,
    Paged,
    PagedQuery,
    Struct,
    paged,
    paged_answer,
)

from .patch import changed
from .user_models import SuccessModel


class RoleSearch(PagedQuery):
    include_inactive: bool = False
    user_id: int | None = None
    group_id: int | None = None


class RoleIds(Struct):
    role_ids: Sequence[int] = ()


class RoleCreateArgs(Struct):
    name: str
    enabled: bool = True


class RolePatch(Struct):
    name: Dirty[str] | None = None
    enabled: Dirty[bool] | None = None


class RolePatchArgs(Struct):
    data: RolePatch


class RolePermissionsArgs(Struct):
    role_permission_ids: Sequence[int]


class RoleModel(Struct):
    id: int
    name: str
    created: ApiDate
    enabled: bool
    is_system: bool


class RoleSummary(Struct):
    role_id: int
    name: str


class RolePermissionModel(Struct):
    """Ours: what it allows, and whether anything asks for it yet."""

    role_permission_id: int
    name: str
    description: str
    is_in_use: bool
    role_type: str = "GlobalRoleType"


class UnassignedModel(Struct):
    permissions: Sequence[str]


class GroupWithRole(Struct):
    group_id: int
    group_name: str


class AssignedRoleModel(Struct):
    role_id: int
    role_name: str
    is_direct_assignment: bool
    groups: Sequence[GroupWithRole]


@endpoint(
    "GET", "/api/v1/roles", query=RoleSearch, returns=Paged[RoleModel], permission="View Roles"
)
def search_roles(call: Call[None]) -> Paged[RoleModel]:
    asked, service = call.query, wiring.roles()
    if asked.user_id is not None:
        found = service.of_user(asked.user_id, paged(asked))
    elif asked.group_id is not None:
        found = service.of_group(asked.group_id, paged(asked))
    else:
        found = service.search(asked.include_inactive, paged(asked))
    return paged_answer(found, _model)


@endpoint(
    "POST",
    "/api/v1/roles",
    body=RoleCreateArgs,
    returns=RoleModel,
    permission="Administer Role Permissions",
    writes="vault",
    errors=(StillUsed,),
)
def create_role(call: Call[RoleCreateArgs]) -> RoleModel:
    args = call.body
    return _model(wiring.roles().create(call.principal, args.name, args.enabled, call.now))


@endpoint("GET", "/api/v1/roles/{id}", returns=RoleModel, permission="View Roles")
def get_role(call: Call[None]) -> RoleModel:
    return _model(wiring.roles().get(call.id()))


@endpoint(
    "PATCH",
    "/api/v1/roles/{id}",
    body=RolePatchArgs,
    returns=RoleModel,
    permission="Administer Role Permissions",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def patch_role(call: Call[RolePatchArgs]) -> RoleModel:
    patch = call.body.data
    name, enabled = changed(patch.name), changed(patch.enabled)
    return _model(wiring.roles().change(call.principal, call.id(), name, enabled, call.now))


@endpoint(
    "GET",
    "/api/v1/roles/{id}/permissions",
    query=PagedQuery,
    returns=Paged[RolePermissionModel],
    permission="View Roles",
)
def list_role_permissions(call: Call[None]) -> Paged[RolePermissionModel]:
    held = permissions_held(wiring.roles().get(call.id()))
    return paged_answer(page(held, paged(call.query)), _permission)


@endpoint(
    "PUT",
    "/api/v1/roles/{id}/permissions",
    body=RolePermissionsArgs,
    returns=SuccessModel,
    permission="Administer Role Permissions",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def assign_role_permissions(call: Call[RolePermissionsArgs]) -> SuccessModel:
    ids = call.body.role_permission_ids
    wiring.roles().permit(call.principal, call.id(), ids, call.now)
    return SuccessModel()


@endpoint(
    "GET",
    "/api/v1/rolepermissions",
    query=PagedQuery,
    returns=Paged[RolePermissionModel],
    permission="View Roles",
)
def list_permissions(call: Call[None]) -> Paged[RolePermissionModel]:
    """All that a role may hold, by name. Ours."""
    every = [BY_NAME[name] for name in sorted(BY_NAME)]
    return paged_answer(page(every, paged(call.query)), _permission)


@endpoint(
    "GET",
    "/api/v1/rolepermissions/unassigned",
    returns=UnassignedModel,
    permission="View Roles",
)
def list_unassigned_permissions(call: Call[None]) -> UnassignedModel:
    return UnassignedModel(wiring.roles().unassigned())


@endpoint(
    "GET",
    "/api/v1/users/{id}/roles",
    query=PagedQuery,
    returns=Paged[RoleSummary],
    permission="View Roles",
)
def list_roles_of_user(call: Call[None]) -> Paged[RoleSummary]:
    return paged_answer(wiring.roles().of_user(call.id(), paged(call.query)), role_summary)


@endpoint(
    "GET",
    "/api/v1/users/{userId}/roles-assigned",
    query=PagedQuery,
    returns=Paged[AssignedRoleModel],
    permission="View Roles",
)
def list_roles_assigned(call: Call[None]) -> Paged[AssignedRoleModel]:
    found = wiring.roles().assigned_to(call.id("userId"), paged(call.query))
    return paged_answer(found, _assigned)


@endpoint(
    "POST",
    "/api/v1/users/{id}/roles",
    body=RoleIds,
    returns=SuccessModel,
    permission="Administer Role Assignment",
    writes="vault",
    errors=(AccessDenied,),
)
def give_user_roles(call: Call[RoleIds]) -> SuccessModel:
    wiring.roles().give_user(call.principal, call.id(), call.body.role_ids, call.now)
    return SuccessModel()


@endpoint(
    "DELETE",
    "/api/v1/users/{id}/roles",
    body=RoleIds,
    returns=SuccessModel,
    permission="Administer Role Assignment",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def take_roles_from_user(call: Call[RoleIds]) -> SuccessModel:
    wiring.roles().take_from_user(call.principal, call.id(), call.body.role_ids, call.now)
    return SuccessModel()


def _model(role: Role) -> RoleModel:
    return RoleModel(role.id, role.name, role.created, role.enabled, role.is_system)


def role_summary(role: Role) -> RoleSummary:
    return RoleSummary(role.id, role.name)


def _permission(one: Permission) -> RolePermissionModel:
    return RolePermissionModel(one.id, one.name, one.allows, one.name in IN_USE)


def _assigned(one: AssignedRole) -> AssignedRoleModel:
    groups = [GroupWithRole(id, name) for id, name in one.groups]
    return AssignedRoleModel(one.role.id, one.role.name, one.own, groups)
