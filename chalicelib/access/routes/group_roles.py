"""Which roles groups have."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, paged, paged_answer

from .roles import RoleIds, RoleSummary, role_summary
from .user_models import SuccessModel


@endpoint(
    "GET",
    "/api/v1/groups/{id}/roles",
    query=PagedQuery,
    returns=Paged[RoleSummary],
    permission="View Roles",
    or_permission="View Group Roles",
)
def list_roles_of_group(call: Call[None]) -> Paged[RoleSummary]:
    return paged_answer(wiring.roles().of_group(call.id(), paged(call.query)), role_summary)


@endpoint(
    "POST",
    "/api/v1/groups/{id}/roles",
    body=RoleIds,
    returns=SuccessModel,
    permission="Administer Role Assignment",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def give_group_roles(call: Call[RoleIds]) -> SuccessModel:
    wiring.roles().give_group(call.principal, call.id(), call.body.role_ids, call.now)
    return SuccessModel()


@endpoint(
    "DELETE",
    "/api/v1/groups/{id}/roles",
    body=RoleIds,
    returns=SuccessModel,
    permission="Administer Role Assignment",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def take_roles_from_group(call: Call[RoleIds]) -> SuccessModel:
    wiring.roles().take_from_group(call.principal, call.id(), call.body.role_ids, call.now)
    return SuccessModel()


@endpoint(
    "PUT",
    "/api/v1/groups/{id}/roles",
    body=RoleIds,
    returns=SuccessModel,
    permission="Administer Role Assignment",
    writes="vault",
    errors=(AccessDenied, StillUsed),
)
def set_group_roles(call: Call[RoleIds]) -> SuccessModel:
    """The group has these roles and no others."""
    wiring.roles().set_group(call.principal, call.id(), call.body.role_ids, call.now)
    return SuccessModel()
