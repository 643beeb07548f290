"""How restrictions of addresses, and whom they bind, travel."""

from __future__ import annotations

from chalicelib.access.restriction import Restriction
from chalicelib.access.user import User
from chalicelib.web.shapes import ReadOver, Struct


class RestrictionArgs(Struct):
    name: str
    range: str
    id: ReadOver | None = None


class RestrictionModel(Struct):
    id: int
    name: str
    range: str


class UserArgs(Struct):
    ip_address_restriction_id: int
    user_id: int


class GroupArgs(Struct):
    ip_address_restriction_id: int
    group_id: int


class UserRestrictionModel(Struct):
    id: int
    ip_address_restriction_id: int
    ip_address_restriction_name: str
    user_id: int
    user_name: str
    user_display_name: str


class GroupRestrictionModel(Struct):
    id: int
    ip_address_restriction_id: int
    ip_address_restriction_name: str
    group_id: int
    group_name: str


def restriction_model(one: Restriction) -> RestrictionModel:
    return RestrictionModel(one.id, one.name, one.range)


def user_restriction(one: Restriction, user: User) -> UserRestrictionModel:
    return UserRestrictionModel(
        one.id, one.id, one.name, user.id, user.user_name, user.display_name
    )


def group_restriction(one: Restriction, group_id: int, name: str) -> GroupRestrictionModel:
    return GroupRestrictionModel(one.id, one.id, one.name, group_id, name)
