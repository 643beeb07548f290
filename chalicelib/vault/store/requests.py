"""Access requests as rows.

index1 lists them by who asked, index2 those that wait and, once decided, by who decided; index3 by
their secret; each by when they were asked.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws.commit import Put, Write
from chalicelib.aws.table import DataRow, Key, fetch, index, read
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.access_request import AccessRequest, Event, Status
from chalicelib.vault.comment import Comment
from chalicelib.vault.workflow import Approval

BATCH = 100
WAITING = "access-requests#waiting"


class RequestRow(DataRow, discriminator="access-request"):
    version = VersionAttribute()
    id = NumberAttribute()
    secret_id = NumberAttribute()
    secret_name = UnicodeAttribute()
    user_id = NumberAttribute()
    user_name = UnicodeAttribute()
    comment = UnicodeAttribute(null=True)
    ticket = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute()
    since = UnicodeAttribute()
    until = UnicodeAttribute()
    status = UnicodeAttribute()
    answer_by = UnicodeAttribute(null=True)
    approvals = JSONAttribute(null=True)  # each step, user, edition of the workflow
    events = JSONAttribute()  # each action, at, user id, name, details


class LastRequestRow(DataRow, discriminator="access-request-last"):
    """Says which request of a user for a secret is his last: no two of them wait."""

    request_id = NumberAttribute()


def request_key(id: int) -> Key:
    return (f"access-request#{id}", "request")


def last_key(secret_id: int, user_id: int) -> Key:
    return (f"secret#{secret_id}", f"access-request#{user_id}")


def by_user(user_id: int) -> str:
    return f"access-requests#by#{user_id}"


def decided_by(user_id: int) -> str:
    return f"access-requests#decided#{user_id}"


def of_secret(secret_id: int) -> str:
    return f"access-requests#of#{secret_id}"


class RequestStore:
    """Lists are by index, so a moment old; single ones are consistent."""

    def fetch(self, id: int) -> AccessRequest | None:
        row = fetch(RequestRow, *request_key(id))
        return _request_of(row) if row else None

    def last(self, secret_id: int, user_id: int) -> AccessRequest | None:
        """The user's last request for that secret. Two reads."""
        pointer = fetch(LastRequestRow, *last_key(secret_id, user_id))
        return self.fetch(int(pointer.request_id)) if pointer else None

    def by(self, user_id: int, most: int) -> list[AccessRequest]:
        return _listed([(1, by_user(user_id))], most)

    def of_secret(self, secret_id: int, most: int) -> list[AccessRequest]:
        return _listed([(3, of_secret(secret_id))], most)

    def waiting(self, user_id: int, most: int) -> list[AccessRequest]:
        """All that wait, and what the user has decided."""
        return _listed([(2, WAITING), (2, decided_by(user_id))], most)

    def put(self, request: AccessRequest) -> Write:
        """Store a request, if it is still of the version that the change is based on."""
        return Put(_row_of(request))

    def point(self, request: AccessRequest, before: AccessRequest | None) -> Write:
        """Make it the user's last, if the one before still is that."""
        row = LastRequestRow(*last_key(request.secret_id, request.user_id), request_id=request.id)
        if before is None:
            return Put(row, LastRequestRow.pk.does_not_exist())
        return Put(row, LastRequestRow.request_id == before.id)


def _listed(partitions: list[tuple[int, str]], most: int) -> list[AccessRequest]:
    """Newest first. A Query for each partition, a batched read for every hundred."""
    hits = [hit for n, pk in partitions for hit in index(n, pk, newest_first=True, limit=most)]
    keys = [(hit.pk, hit.sk) for hit in sorted(hits, key=lambda one: one.sort, reverse=True)]
    rows: dict[Key, Any] = {}
    for start in range(0, len(keys), BATCH):
        rows |= read(keys[start : start + BATCH])
    return [_request_of(rows[key]) for key in keys if key in rows]


def _request_of(row: RequestRow) -> AccessRequest:
    return AccessRequest(
        int(row.id),
        int(row.secret_id),
        row.secret_name,
        int(row.user_id),
        row.user_name,
        Comment(row.comment or "", row.ticket or ""),
        parse_stamp(row.asked_at),
        parse_stamp(row.since),
        parse_stamp(row.until),
        Status(row.status),
        tuple(
            Event(action, parse_stamp(at), int(user), name, details)
            for action, at, user, name, details in row.events
        ),
        tuple(Approval(*map(int, one)) for one in row.approvals or ()),
        int(row.version),
        parse_stamp(row.answer_by) if row.answer_by else None,
    )


def _row_of(one: AccessRequest) -> RequestRow:
    place = f"{stamp(one.asked_at)}#{one.id:010d}"
    decided = one.decided
    row = RequestRow(
        *request_key(one.id),
        i1pk=by_user(one.user_id),
        i1sk=place,
        i2pk=decided_by(decided.user_id) if decided else WAITING,
        i2sk=place,
        i3pk=of_secret(one.secret_id),
        i3sk=place,
        id=one.id,
        secret_id=one.secret_id,
        secret_name=one.secret_name,
        user_id=one.user_id,
        user_name=one.user_name,
        comment=one.comment.text or None,
        ticket=one.comment.ticket or None,
        asked_at=stamp(one.asked_at),
        since=stamp(one.since),
        until=stamp(one.until),
        status=one.status.value,
        answer_by=stamp(one.answer_by) if one.answer_by else None,
        approvals=[[has.step, has.user_id, has.edition] for has in one.approvals] or None,
        events=[
            [event.action, stamp(event.at), event.user_id, event.name, event.details]
            for event in one.events
        ],
    )
    if one.version:
        row.version = one.version
    return row
