"""How groups and members travel: requests and answers of the groups' endpoints."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.access.owners import AskedOwners, Owner
from chalicelib.access.restriction import Restriction
from chalicelib.access.role import Group
from chalicelib.access.user import User
from chalicelib.core.errors import Invalid
from chalicelib.web.shapes import ApiDate, Dirty, NotYet, PagedQuery, ReadOver, Struct

from .foreign import LOCAL_DOMAIN, LOCAL_DOMAIN_ID, ForeignToGroups
from .restriction_models import RestrictionModel, restriction_model


class GroupSearch(PagedQuery):
    """Groups that the caller may not view are not found anyhow."""

    search_text: str = ""
    include_inactive: bool = False
    domain_id: int | None = None
    exclude_inbox_rule_id_subscribers: NotYet | None = None
    limit_to_viewable_groups: ReadOver | None = None
    platform_only: NotYet | None = None


class MemberSearch(PagedQuery):
    include_inactive_users_for_group: bool = False
    user_domain_id: int | None = None


class GroupIds(Struct):
    group_ids: Sequence[int] = ()


class OwnersArgs(ForeignToGroups):
    """Whom it names are the owners, and no others; naming nobody says nothing.

    has_group_owners: False takes them all away
    """

    has_group_owners: bool | None = None
    owner_user_ids: Sequence[int] = ()
    owner_group_ids: Sequence[int] = ()
    owner_user_names: Sequence[str] = ()
    owner_group_names: Sequence[str] = ()


class GroupCreateArgs(OwnersArgs, kw_only=True):
    name: str
    enabled: bool = True


class GroupUpdateArgs(OwnersArgs):
    name: str | None = None
    enabled: bool | None = None


class GroupPatch(Struct):
    name: Dirty[str] | None = None
    enabled: Dirty[bool] | None = None
    ip_address_restriction_ids: Dirty[Sequence[int]] | None = None
    owner_group_ids: Dirty[Sequence[int]] | None = None
    added_owner_group_ids: Sequence[int] = ()
    removed_owner_group_ids: Sequence[int] = ()


class GroupPatchArgs(Struct):
    data: GroupPatch


class MembersArgs(Struct):
    user_ids: Sequence[int] = ()


class MemberPatchArgs(Struct):
    added_user_ids: Sequence[int] = ()
    remove_user_ids: Sequence[int] = ()


class MemberArgs(Struct):
    user_id: int


class GroupOwner(Struct):
    group_id: int
    name: str
    user_id: int | None = None


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
    owners: Sequence[GroupOwner] = ()
    owner_groups: Sequence[GroupOwner] = ()
    owner_users: Sequence[GroupOwner] = ()
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


def group_model(
    group: Group, bound_by: Sequence[Restriction], owners: Sequence[Owner], may_edit_members: bool
) -> GroupModel:
    named = [GroupOwner(one.group_id, one.name, one.user_id) for one in owners]
    return GroupModel(
        group.id,
        group.name,
        group.created,
        group.enabled,
        can_edit_members=may_edit_members and not group.personal_of,
        is_editable=not group.personal_of,
        system_group=bool(group.personal_of),
        has_group_owners=bool(named),
        owners=named,
        owner_groups=[one for one in named if one.user_id is None],
        owner_users=[one for one in named if one.user_id is not None],
        ip_address_restrictions=[restriction_model(one) for one in bound_by],
    )


def asked_owners(args: OwnersArgs) -> AskedOwners | None:
    """The owners that are asked for; None when nothing is said of them. Raises Invalid."""
    asked = AskedOwners(
        args.owner_user_ids, args.owner_group_ids, args.owner_user_names, args.owner_group_names
    )
    if args.has_group_owners is False:
        if asked:
            raise Invalid("hasGroupOwners is false, and there are owners.")
        return asked
    return asked if asked else None


def group_summary(group: Group) -> GroupSummary:
    return GroupSummary(group.id, group.name, group.created, group.enabled)
