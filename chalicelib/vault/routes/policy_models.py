"""Secret policies as clients send and see them: the contract's models, in both its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.web.shapes import Dirty, PagedQuery, Struct


class PolicyQuery(PagedQuery):
    include_inactive: bool = False
    secret_policy_name: str = ""


class SecretPolicyModel(Struct):
    secret_policy_id: int
    secret_policy_name: str
    secret_policy_description: str
    active: bool


class UserGroupMapModel(Struct):
    """`groupId` of a user: his personal group's."""

    group_id: int
    display_name: str = ""
    user_group_map_type: str = "Group"


class PolicyItemModel(Struct):
    """`SecretPolicyItemOf…`: one shape for values of all kinds."""

    policy_item_id: int
    policy_apply_type: str
    value: Any
    parent_policy_item_id: int | None = None


Items = Mapping[str, PolicyItemModel]
"""By the item's name."""


class SecretPolicyDetailModelV2(Struct):
    secret_policy_id: int | None
    secret_policy_name: str
    secret_policy_description: str
    active: bool
    general_items: Items
    launcher_items: Items
    rpc_items: Items
    security_items: Items
    affected_folder_count: int = 0
    affected_inheriting_folders_count: int = 0
    affected_secret_count: int = 0
    affected_inheriting_secrets_count: int = 0


class PolicyDataItem(Struct):
    """`SecretPolicyDataItemOf…`; when patched, the same in a dirty field's value."""

    policy_apply_type: str = "NotSet"
    value: Any = None
    dirty: bool = False


Given = Mapping[str, PolicyDataItem]


class PolicyDraft(Struct):
    secret_policy_name: str
    secret_policy_description: str = ""
    active: bool = True
    general_items: Given | None = None
    launcher_items: Given | None = None
    rpc_items: Given | None = None
    security_items: Given | None = None


class PolicyCreateArgs(Struct):
    data: PolicyDraft


class PolicyPatch(Struct):
    secret_policy_name: Dirty[str] | None = None
    secret_policy_description: Dirty[str] | None = None
    active: Dirty[bool] | None = None
    general_items: Given | None = None
    launcher_items: Given | None = None
    rpc_items: Given | None = None
    security_items: Given | None = None


class PolicyPatchArgs(Struct):
    data: PolicyPatch


class GroupMapV1(Struct):
    group_id: int


class SecretPolicyV1Item(Struct):
    secret_policy_item_id: int = 0
    name: str = ""
    policy_apply_type: str = "NotSet"
    value_bool: bool | None = None
    value_int: int | None = None
    value_secret_id: int | None = None
    value_string: str | None = None
    user_group_maps: Sequence[GroupMapV1] | None = None
    secret_policy_item_map_id: int = 0
    parent_secret_policy_item_id: int = 0
    description: str = ""
    section_name: str = ""
    value_type: str = ""
    ssh_command_menu_group_maps: Sequence[Mapping[str, int]] = ()


class SecretPolicyV1(Struct):
    secret_policy_id: int
    secret_policy_name: str
    secret_policy_description: str
    active: bool
    secret_policy_items: Sequence[SecretPolicyV1Item]


class PolicyV1Draft(Struct):
    """What is absent stays as it is, or says nothing."""

    secret_policy_name: str | None = None
    secret_policy_description: str | None = None
    active: bool | None = None
    secret_policy_items: Sequence[SecretPolicyV1Item] | None = None


class PolicyV1Args(Struct):
    data: PolicyV1Draft
