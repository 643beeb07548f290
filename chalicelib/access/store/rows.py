"""The rows of access in the data table, and their keys."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    VersionAttribute,
)

from chalicelib.aws.table import DataRow, Key

R = TypeVar("R", "UserRow", "PrincipalRow", "RoleRow", "GroupRow", "RestrictionRow")

USERS = "users"
DEFINITIONS = "access"
RULES = "sdk-rules"
ADMINISTRATORS: Key = ("administrators", "administrators")
SETUP: Key = ("setup", "setup")


class UserRow(DataRow, discriminator="user"):
    """Who somebody is; all in one partition, which is written seldom and searched by word."""

    version = VersionAttribute()
    id = NumberAttribute()
    user_name = UnicodeAttribute()
    display_name = UnicodeAttribute()
    email_address = UnicodeAttribute(default="")
    enabled = BooleanAttribute(default=True)
    is_application_account = BooleanAttribute(default=False)
    personal_group_id = NumberAttribute(default=0)
    needs_code = BooleanAttribute(default=False)
    mails_codes = BooleanAttribute(default=False)
    needs_key = BooleanAttribute(default=False)
    owner_users = NumberSetAttribute(null=True)
    owner_groups = NumberSetAttribute(null=True)
    created = UnicodeAttribute()


class LoginRow(DataRow, discriminator="login"):
    """What he logs in with. `turn` moves with each failure and change, not with each log-in."""

    user_id = NumberAttribute()
    password_hash = UnicodeAttribute()
    changed_at = UnicodeAttribute()
    failures = ListAttribute(of=UnicodeAttribute, default=list)
    locked_until = UnicodeAttribute(null=True)
    lock_reason = UnicodeAttribute(null=True)
    last_login = UnicodeAttribute(null=True)
    turn = NumberAttribute()


class FactorRow(DataRow, discriminator="factor"):
    """His second factor. Not in the row before, which a version that knows none writes whole."""

    user_id = NumberAttribute()
    made_at = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    confirmed = BooleanAttribute(default=False)
    recovery = UnicodeSetAttribute(null=True)


class FormerRow(DataRow, discriminator="former-passwords"):
    """Hashes of the passwords that he had, newest first."""

    hashes = ListAttribute(of=UnicodeAttribute, default=list)
    own_at = UnicodeAttribute(null=True)


class PrincipalRow(DataRow, discriminator="principal"):
    """What every request asks about its user; rewritten by each change that alters it."""

    version = VersionAttribute()
    user_id = NumberAttribute()
    name = UnicodeAttribute()
    display_name = UnicodeAttribute()
    enabled = BooleanAttribute()
    generation = NumberAttribute()
    roles = NumberSetAttribute(null=True)
    groups = NumberSetAttribute(null=True)
    personal_group_id = NumberAttribute(default=0)
    clients = NumberSetAttribute(null=True)


class RuleRow(DataRow, discriminator="sdk-rule"):
    """What lets applications make accounts: its key is sealed."""

    id = NumberAttribute()
    name = UnicodeAttribute()
    user_id = NumberAttribute()
    details = UnicodeAttribute(default="")
    made_at = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)


class ClientRow(DataRow, discriminator="sdk-client"):
    """An application's account, by its client's id. index1 lists them all."""

    id = NumberAttribute()
    name = UnicodeAttribute()
    user_id = NumberAttribute()
    details = UnicodeAttribute(default="")
    rule_id = NumberAttribute()
    made_at = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    address = UnicodeAttribute(null=True)


class NameRow(DataRow, discriminator="name"):
    """A name that is taken: its key makes it unique."""

    owner = NumberAttribute()


class SessionRow(DataRow, discriminator="session"):
    """One session; hashes of its tokens only."""

    REGIONAL = True

    user_id = NumberAttribute()
    generation = NumberAttribute()
    started_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    slid_at = UnicodeAttribute()
    token = UnicodeAttribute()
    refresh_hash = UnicodeAttribute()
    family = UnicodeAttribute()
    refreshes = NumberAttribute(default=0)
    earlier = UnicodeAttribute(null=True)
    earlier_until = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    region = UnicodeAttribute(null=True)
    enrols = BooleanAttribute(default=False)
    agent = UnicodeAttribute(null=True)
    client = NumberAttribute(null=True)


class ApiTokenRow(SessionRow, discriminator="api-token"):
    """A session that an application keeps for months: the cluster's, and in its backups."""

    REGIONAL = False

    name = UnicodeAttribute()
    scope = UnicodeSetAttribute(null=True)


class DefinitionRow(DataRow):
    """Roles and groups share a partition, so that one query fetches them all."""


class RoleRow(DefinitionRow, discriminator="role"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    created = UnicodeAttribute()
    enabled = BooleanAttribute()
    permissions = UnicodeSetAttribute(null=True)


class GroupRow(DefinitionRow, discriminator="group"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    created = UnicodeAttribute()
    enabled = BooleanAttribute()
    roles = NumberSetAttribute(null=True)
    owner_users = NumberSetAttribute(null=True)
    owner_groups = NumberSetAttribute(null=True)


class RestrictionRow(DefinitionRow, discriminator="ip-restriction"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    range = UnicodeAttribute()
    users = NumberSetAttribute(null=True)
    groups = NumberSetAttribute(null=True)


class MemberRow(DataRow, discriminator="member"):
    """That a user is in a group, as seen from the group."""

    user_id = NumberAttribute()


class AdministratorsRow(DataRow, discriminator="administrators"):
    """The enabled users who hold the role Administrator themselves. Never empty once it exists."""

    ids = NumberSetAttribute()


class ThrottleRow(DataRow, discriminator="throttle"):
    """Attempts in one window of one subject; `ttl` removes it some time after."""

    REGIONAL = True

    attempts = NumberAttribute()


class SetupRow(DataRow, discriminator="setup"):
    """The one-time code that makes the first administrator; the deployment writes its hash."""

    code_hash = UnicodeAttribute()
    expires_at = UnicodeAttribute()


def versioned(row: R, version: int | None) -> R:
    """The row as a change of that version of it; of None, a row that must not exist yet."""
    if version is not None:
        row.version = version
    return row


def user_key(id: int) -> Key:
    return (USERS, f"user#{id:010d}")


def login_key(id: int) -> Key:
    return (f"user#{id}", "login")


def factor_key(id: int) -> Key:
    return (f"factor#{id}", "factor")


def former_key(id: int) -> Key:
    return (f"user#{id}", "former-passwords")


def principal_key(id: int) -> Key:
    return (f"user#{id}", "principal")


def session_key(id: str) -> Key:
    return (f"session#{id}", "session")


def role_key(id: int) -> Key:
    return (DEFINITIONS, f"role#{id:010d}")


def group_key(id: int) -> Key:
    return (DEFINITIONS, f"group#{id:010d}")


def restriction_key(id: int) -> Key:
    return (DEFINITIONS, f"ip-restriction#{id:010d}")


def rule_key(id: int) -> Key:
    return (RULES, f"rule#{id:010d}")


def client_key(client_id: str) -> Key:
    return (f"sdk-client#{client_id}", "sdk-client")


def member_key(group: int, user: int) -> Key:
    return (f"group#{group}", f"member#{user:010d}")


def name_key(what: str, folded: str) -> Key:
    """By hash: a key must not be longer than 2 KB, nor tell what somebody typed."""
    digest = hashlib.sha256(folded.encode()).hexdigest()
    return (f"name#{what}#{digest}", "name")


def throttle_key(subject: str, slot: int) -> Key:
    return (f"throttle#{subject}", f"{slot:012d}")
