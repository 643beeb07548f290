"""How groups and members travel: requests and answers of the groups' endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.access.restriction import Restriction
from chalicelib.access.role import Group
from chalicelib.access.user import User
from chalicelib.web.shapes import ApiDate, Dirty, PagedQuery, Struct

from .restriction_models import RestrictionModel, restriction_model
from .user_models import LOCAL_DOMAIN, LOCAL_DOMAIN_ID


class GroupSearch(PagedQuery):
    search_text: str = ""
    include_inactive: bool = False


class MemberSearch(PagedQuery):
    include_inactive_users_for_group: bool = False


class GroupIds(Struct):
    group_ids: Sequence[int] = ()


class GroupCreateArgs(Struct):
    name: str
    enabled: bool = True


class GroupUpdateArgs(Struct):
    name: str | None = None
    enabled: bool | None = None


class GroupPatch(Struct):
    name: Dirty[str] | None = None
    enabled: Dirty[bool] | None = None
    ip_address_restriction_ids: Dirty[Sequence[int]] | None = None


class GroupPatchArgs(Struct):
    data: GroupPatch


class MembersArgs(Struct):
    user_ids: Sequence[int] = ()


class MemberPatchArgs(Struct):
    added_user_ids: Sequence[int] = ()
    remove_user_ids: Sequence[int] = ()


class MemberArgs(Struct):
    user_id: int


class GroupModel(Struct):
    id: int
    name: str
    created: ApiDate
    enabled: bool
    ad_guid: str = ""
    can_edit_members: bool | None = True
    domain_id: int = LOCAL_DOMAIN_ID
    domain_name: str = LOCAL_DOMAIN
    has_group_owners: bool = False
    ip_address_restrictions: Sequence[RestrictionModel] = ()
    is_editable: bool = True
    is_platform: bool = False
    owners: Sequence[str] = ()
    owner_groups: Any = None
    owner_users: Any = None
    synchronized: bool = False
    synchronize_now: bool = False
    system_group: bool = False


class GroupSummary(Struct):
    id: int
    name: str
    created: ApiDate
    enabled: bool
    domain_guid: str = ""
    domain_id: int = LOCAL_DOMAIN_ID
    domain_name: str = LOCAL_DOMAIN
    is_platform: bool = False
    member_count: int | None = None
    synchronized: bool = False
    synchronize_now: bool = False


class MemberModel(Struct):
    group_id: int
    group_name: str
    user_id: int
    user_name: str
    group_domain_id: int = LOCAL_DOMAIN_ID
    user_domain_id: int = LOCAL_DOMAIN_ID


class MemberSummary(MemberModel):
    display_name: str = ""
    enabled: bool = True
    group_domain_name: str = LOCAL_DOMAIN
    user_domain_name: str = LOCAL_DOMAIN


def member_summary(group: Group, user: User) -> MemberSummary:
    return MemberSummary(
        group_id=group.id,
        group_name=group.name,
        user_id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        enabled=user.enabled,
    )


def group_model(group: Group, bound_by: Sequence[Restriction]) -> GroupModel:
    return GroupModel(
        group.id,
        group.name,
        group.created,
        group.enabled,
        ip_address_restrictions=[restriction_model(one) for one in bound_by],
    )


def group_summary(group: Group) -> GroupSummary:
    return GroupSummary(group.id, group.name, group.created, group.enabled)
