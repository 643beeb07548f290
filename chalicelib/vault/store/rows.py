"""Rows of the vault and their keys. Only this package sees them."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.stored import ListOfMaps, StoredMap
from chalicelib.aws.table import DataRow, Key


class ValueMap(StoredMap):
    """`slug` is the field's key: what its slug was when the field was made, if it was built in."""

    slug = UnicodeAttribute()
    version = NumberAttribute()
    at = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    file_name = UnicodeAttribute(null=True)
    file_size = NumberAttribute(null=True)
    file_object = UnicodeAttribute(null=True)
    lock = NumberAttribute(null=True)


class GrantMap(StoredMap):
    id = NumberAttribute()
    who = UnicodeAttribute()
    whom = NumberAttribute()
    role = NumberAttribute(null=True)
    folder_role = NumberAttribute(null=True)


class SecretRow(DataRow, discriminator="secret"):
    """A secret's definition. index1 finds it by folder, index2 among all, both by name.

    index3 finds those with a privileged account by that account (since schema 2).
    """

    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    template_id = NumberAttribute()
    folder_id = NumberAttribute()
    site_id = NumberAttribute()
    active = BooleanAttribute()
    field_values = ListOfMaps(of=ValueMap)
    inherits = BooleanAttribute()
    grants = ListOfMaps(of=GrantMap)
    switches = JSONAttribute()
    expiry = JSONAttribute()
    checkout = JSONAttribute(null=True)
    approval = JSONAttribute(null=True)
    requires_comment = BooleanAttribute(null=True)
    double_lock = NumberAttribute(null=True)
    policy_id = NumberAttribute(null=True)
    policed = NumberAttribute(null=True)
    privileged_id = NumberAttribute(default=0)
    allowed_machines = ListAttribute(of=UnicodeAttribute)
    pins = ListAttribute(of=UnicodeAttribute)
    requirements = JSONAttribute(null=True)
    homes = JSONAttribute(null=True)  # origin, and by template keys of fields to keys of values
    watchers = JSONAttribute(null=True)  # by user, of what he wants mails
    hooks = JSONAttribute(null=True)
    created_at = UnicodeAttribute()
    created_by = NumberAttribute()


class StateRow(DataRow, discriminator="secret-state"):
    """What is known of the target, and who holds the secret.

    index1 finds heartbeats that are due, index2 changes (or, where none is due, warnings that the
    password expires), index3 checkouts by their end.
    """

    version = VersionAttribute()
    id = NumberAttribute()
    site_id = NumberAttribute()
    active = BooleanAttribute()
    heartbeat = UnicodeAttribute()
    heartbeat_checked_at = UnicodeAttribute(null=True)
    heartbeat_detail = UnicodeAttribute(null=True)
    heartbeat_due_at = UnicodeAttribute(null=True)
    heartbeat_item = UnicodeAttribute(null=True)
    misses = NumberAttribute(default=0)
    change = UnicodeAttribute()
    change_attempted_at = UnicodeAttribute(null=True)
    change_failures = NumberAttribute(default=0)
    change_detail = UnicodeAttribute(null=True)
    change_due_at = UnicodeAttribute(null=True)
    change_item = UnicodeAttribute(null=True)
    out_of_sync = BooleanAttribute(default=False)
    out_of_sync_reason = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute(null=True)
    warned = JSONAttribute(null=True)  # days, of which expiry
    hook_item = UnicodeAttribute(null=True)
    runs = JSONAttribute(null=True)  # of hooks that are still to run
    refused = JSONAttribute(null=True)  # whose checkout a hook refused last, why, when
    checkout_id = UnicodeAttribute(null=True)
    checkout_pending = BooleanAttribute(null=True)
    checkout_user = NumberAttribute(null=True)
    checkout_name = UnicodeAttribute(null=True)
    checkout_since = UnicodeAttribute(null=True)
    checkout_until = UnicodeAttribute(null=True)
    after_check_in = UnicodeAttribute(null=True)
    windows: MapAttribute[str, Any] = MapAttribute(null=True)  # type: ignore[no-untyped-call]
    judged = JSONAttribute(null=True)  # field to [value, requirement, edition, is met]


class HistoryRow(DataRow, discriminator="secret-history"):
    """A former value. It opens where it was sealed: same secret, field and version."""

    slug = UnicodeAttribute()
    value_version = NumberAttribute()
    at = UnicodeAttribute()
    until = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    file_name = UnicodeAttribute(null=True)
    file_size = NumberAttribute(null=True)
    file_object = UnicodeAttribute(null=True)
    lock = NumberAttribute(null=True)


class FileRow(DataRow, discriminator="secret-file"):
    """An object of the bucket that no secret has yet, or any more. index3 finds it by when it goes.

    sealed: the key of one that is being sent; name and size as its sender gave them
    doomed: its removal has begun: no secret may take it any more
    """

    id = UnicodeAttribute()
    secret_id = NumberAttribute()
    slug = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    doomed = BooleanAttribute(null=True)


class GrantRow(DataRow, discriminator="secret-grant"):
    """Says which secret holds the grant of an id."""

    secret_id = NumberAttribute()


class SlotRow(DataRow, discriminator="secret-find"):
    """Up to three entries of the search index, one an index; `digest` of all, in slot 0."""

    digest = UnicodeAttribute(null=True)


class IndexedRow(DataRow, discriminator="secret-indexed"):
    """A secret's own row, as it is marked by who indexes it: its version stays."""

    version = NumberAttribute()
    indexed = NumberAttribute(null=True)


class SearchIndexRow(DataRow, discriminator="search-index"):
    """How the search index is made, and how far a rebuild is."""

    version = VersionAttribute()
    live = JSONAttribute()
    coming = JSONAttribute(null=True)
    cursor = NumberAttribute(default=0)
    of = NumberAttribute(default=0)
    passes = NumberAttribute(default=0)
    changed = NumberAttribute(default=0)
    began_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)


class FolderRow(DataRow, discriminator="folder"):
    """A folder; all are in one partition, which processes keep a copy of by the gate's epoch."""

    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    parent_id = NumberAttribute()
    inherits = BooleanAttribute()
    inherits_policy = BooleanAttribute()
    policy_id = NumberAttribute(null=True)
    grants = ListOfMaps(of=GrantMap)
    templates = NumberSetAttribute(null=True)


FOLDERS = "folders"
SLOTS = "find#"
HISTORY = "history#"
SEARCH_INDEX: Key = ("search", "index")
FILES = "due#files"
"""The partition of index3 that lists objects to be removed, by when."""

LATE = "due#search"
"""The partition of index3 that lists secrets with entries still to be written."""


def secret_key(id: int) -> Key:
    return (f"secret#{id}", "secret")


def state_key(id: int) -> Key:
    return (f"secret#{id}", "state")


def history_key(id: int, key: str, version: int) -> Key:
    return (f"secret#{id}", f"{history_prefix(key)}{version:06d}")


def history_prefix(key: str) -> str:
    return f"{HISTORY}{key}#"


def file_key(id: str) -> Key:
    return (f"file#{id}", "file")


def slot_key(id: int, number: int) -> Key:
    return (f"secret#{id}", f"{SLOTS}{number:04d}")


def late_key(id: int) -> Key:
    """The row of a secret whose entries are not all written yet."""
    return (f"secret#{id}", "find-late")


def grant_key(id: int) -> Key:
    return (f"grant#{id}", "grant")


def folder_key(id: int) -> Key:
    return (FOLDERS, f"folder#{id:010d}")


def in_folder(folder_id: int) -> str:
    """The partition of index1 that lists a folder's secrets."""
    return f"folder#{folder_id}#secrets"


def among_all(shard: int) -> str:
    """One of the partitions of index2 that list all secrets."""
    return f"secrets#{shard}"


def served_by(privileged_id: int) -> str:
    """The partition of index3 that lists the secrets of a privileged account."""
    return f"privileged#{privileged_id}"


def served_place(secret_id: int) -> str:
    return f"{secret_id:010d}"


def checkouts(shard: int) -> str:
    """The partition of index3 that lists what is checked out, by when that ends."""
    return f"due#checkout#{shard}"


def warnings(shard: int) -> str:
    """The partition of index2 that lists whose owners are to be told of an expiry, by when."""
    return f"due#expiry#{shard}"


def due_partition(due: str, where: str, shard: int) -> str:
    """The partition of index1 (heartbeats) or index2 (changes) that lists what is due."""
    return f"due#{due}#{where}#{shard}"
