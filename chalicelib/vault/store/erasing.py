"""Erase requests as rows, and all rows that a secret has. Index1 lists requests by when they were
made, index3 what is to be erased by when that is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws import clients
from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key, fetch, index, read
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.access_request import Event
from chalicelib.vault.erasure import EraseRequest, EraseStatus
from chalicelib.vault.secret import Stored
from chalicelib.vault.workflow import Approval

from .favourites import FavouriteStore, noted_in
from .policies import PolicyStore
from .requests import of_secret
from .rows import GrantRow, SecretRow, StateRow, grant_key, secret_key, state_key

ALL = "erase-requests"
DUE = "due#erase"
BATCH = 100


class EraseRow(DataRow, discriminator="erase-request"):
    version = VersionAttribute()
    id = NumberAttribute()
    secrets = JSONAttribute()
    user_id = NumberAttribute()
    user_name = UnicodeAttribute()
    comment = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    since = UnicodeAttribute()
    status = UnicodeAttribute()
    events = JSONAttribute()  # each action, at, user id, name, details
    due_at = UnicodeAttribute(null=True)
    done = JSONAttribute()
    failed = JSONAttribute()
    gone_from_backups = UnicodeAttribute(null=True)
    approvals = JSONAttribute(null=True)  # each step, user, edition of the workflow


@dataclass(frozen=True, slots=True)
class Leftover:
    """A row of a secret. object: of the bucket, that it holds; "" for none"""

    key: Key
    object: str


def erase_key(id: int) -> Key:
    return (f"erase-request#{id}", "request")


@dataclass(frozen=True, slots=True)
class Erasures:
    """others: the partitions with rows of a secret that are not the vault's"""

    others: Callable[[int], Sequence[str]]

    def fetch(self, id: int) -> EraseRequest | None:
        row = fetch(EraseRow, *erase_key(id))
        return _request_of(row) if row else None

    def all(self, most: int) -> list[EraseRequest]:
        """Newest first; a moment old. A Query, and a batched read for every hundred."""
        hits = index(1, ALL, newest_first=True, limit=most)
        keys = [(hit.pk, hit.sk) for hit in hits]
        rows: dict[Key, Any] = {}
        for start in range(0, len(keys), BATCH):
            rows |= read(keys[start : start + BATCH])
        return [_request_of(rows[key]) for key in keys if key in rows]

    def due(self, until: datetime, limit: int) -> list[int]:
        """Ids of requests that are to be carried out, longest due first: a hint."""
        hits = index(3, DUE, until=f"{stamp(until)}~", limit=limit)
        return [int(hit.sort.rpartition("#")[2]) for hit in hits]

    def put(self, request: EraseRequest) -> Write:
        """Store a request, if it is still of the version that the change is based on."""
        return Put(_row_of(request))

    def gone(self, stored: Stored) -> list[Write]:
        """A secret is there no more, nor who it was shared with; its other rows are `left`."""
        secret, state = stored.secret, stored.state
        return [
            Delete(SecretRow(*secret_key(secret.id), version=secret.version)),
            Delete(StateRow(*state_key(secret.id), version=state.version)),
            *(Delete(GrantRow(*grant_key(one.id))) for one in secret.grants),
            *([PolicyStore().disown(secret.policy_id, secret.id)] if secret.policy_id else []),
        ]

    def left(self, id: int, most: int) -> list[Leftover]:
        """Rows of a secret that are still there. A Query for each partition, and one by index."""
        found: list[Leftover] = []
        for pk in (secret_key(id)[0], *self.others(id)):
            found += _rows(pk, most)
        hits = index(3, of_secret(id), limit=most)
        return [*found, *(Leftover((hit.pk, hit.sk), "") for hit in hits)][:most]

    def removed(self, one: Leftover) -> list[Write]:
        """Without it; a note that the secret is a favourite goes from its user's list as well."""
        if noted := noted_in(one.key):
            return FavouriteStore().unmark(*noted)
        return [Delete(GrantRow(*one.key))]  # of whatever kind: a key is all that it takes


def _rows(pk: str, most: int) -> list[Leftover]:
    question = {
        "TableName": connection().data_table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ProjectionExpression": "pk, sk, file_object",
        "ConsistentRead": True,
        "Limit": most,
    }
    with known_faults("reading what is left of a secret"):
        items = clients.client("dynamodb").query(**question)["Items"]
    return [
        Leftover((one["pk"]["S"], one["sk"]["S"]), one.get("file_object", {}).get("S", ""))
        for one in items
    ]


def _request_of(row: EraseRow) -> EraseRequest:
    return EraseRequest(
        int(row.id),
        tuple(map(int, row.secrets)),
        int(row.user_id),
        row.user_name,
        row.comment,
        parse_stamp(row.asked_at),
        parse_stamp(row.since),
        EraseStatus(row.status),
        tuple(
            Event(action, parse_stamp(at), int(user), name, details)
            for action, at, user, name, details in row.events
        ),
        parse_stamp(row.due_at) if row.due_at else None,
        tuple(map(int, row.done)),
        {int(id): why for id, why in row.failed.items()},
        parse_stamp(row.gone_from_backups) if row.gone_from_backups else None,
        int(row.version),
        tuple(Approval(*map(int, one)) for one in row.approvals or ()),
    )


def _row_of(one: EraseRequest) -> EraseRow:
    until = one.gone_from_backups
    row = EraseRow(
        *erase_key(one.id),
        i1pk=ALL,
        i1sk=f"{stamp(one.asked_at)}#{one.id:010d}",
        id=one.id,
        secrets=list(one.secrets),
        user_id=one.user_id,
        user_name=one.user_name,
        comment=one.comment,
        asked_at=stamp(one.asked_at),
        since=stamp(one.since),
        status=one.status.value,
        events=[[e.action, stamp(e.at), e.user_id, e.name, e.details] for e in one.events],
        due_at=stamp(one.due_at) if one.due_at else None,
        done=list(one.done),
        failed={str(id): why for id, why in one.failed.items()},
        gone_from_backups=stamp(until) if until else None,
        approvals=[[has.step, has.user_id, has.edition] for has in one.approvals] or None,
    )
    if one.due_at:
        row.i3pk, row.i3sk = DUE, f"{stamp(one.due_at)}#{one.id:010d}"
    if one.version:
        row.version = one.version
    return row
