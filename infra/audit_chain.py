"""Reads the chain of digests from the audit bucket and the audit table, and says what is wrong.

An object counts as it was first written: the bucket keeps every version, and locks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chalicelib.audit import digest as rules
from chalicelib.audit.digest import Line, Signed
from chalicelib.aws.audit_rows import SHARDS
from chalicelib.core.errors import Invalid
from infra.aws import client

LEFT = "the audit bucket has it, and the audit table has not"
LISTINGS = 48
"""How many listings are kept in memory: rows come by day and shard, so a day's hours come again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was summed. `position`: of a row in its hour, from 1; 0: the
    digest itself. `place`: the row's keys, as listings are ordered: when it was written first."""

    hour: str
    position: int
    what: str
    place: tuple[str, str] = ("", "")

    @property
    def order(self) -> tuple[str, int, tuple[str, str]]:
        return (self.hour, self.position, self.place)

    def __str__(self) -> str:
        if not self.position:
            return f"the digest of {self.hour}: {self.what}"
        return (
            f"line {self.position:,} of {self.hour}: {self.what}: {self.place[1]} {self.place[0]}"
        )


@dataclass(frozen=True)
class Places:
    """Where the chain is, and the public half of the key that signs it.

    table:  "" for a chain whose rows are not looked at
    region: of the bucket; "" for the caller's
    """

    cluster_id: str
    bucket: str
    table: str
    key: str
    public_key: bytes = field(default=b"", repr=False)
    region: str = ""


@dataclass
class Chain:
    """The digests by hour, oldest first, and the faults of the chain itself."""

    places: Places
    digests: dict[str, Signed] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)  # hours whose listing is not what was signed
    faults: list[Fault] = field(default_factory=list)
    _versions: dict[str, str] = field(default_factory=dict)

    @property
    def last(self) -> str:
        return max(self.digests, default="")

    def listing(self, hour: str) -> tuple[Line, ...] | None:
        """The lines of an hour as they were summed; None when nobody can tell any more."""
        return None if hour in self.unread or hour not in self.digests else self._read(hour)

    def _read(self, hour: str) -> tuple[Line, ...]:
        places = self.places
        return _listing(places.bucket, self._name(hour), self._versions[hour], places.region)

    def _name(self, hour: str) -> str:
        return rules.name(self.places.cluster_id, hour)

    # -- reading it

    def read(self) -> Chain:
        """Read and check every digest. One GetObject each."""
        for hour, versions in _objects(self.places).items():
            self._one(hour, versions)
        self._check_links()
        if self.places.table:
            self._check_table()
        return self

    def _one(self, hour: str, versions: list[Mapping[str, Any]]) -> None:
        objects = [one for one in versions if "Size" in one]
        if not objects:
            self._fault(hour, "it was removed from the audit bucket")
            return
        first = objects[0]["VersionId"]
        if len(versions) > 1:
            more = "removed" if len(objects) == 1 else "written again"
            self._fault(hour, f"it was {more} in the audit bucket; the first version counts")
        try:
            signed, text = rules.decode(self._object(hour, first))
        except Invalid:
            self._fault(hour, "the object is none: it was not written by the digest function")
            return
        self._versions[hour] = first
        self.digests[hour] = signed
        self._check_one(hour, signed, text)

    def _object(self, hour: str, version: str) -> bytes:
        return _object(self.places.bucket, self._name(hour), version, self.places.region)

    def _check_one(self, hour: str, signed: Signed, text: bytes) -> None:
        said = signed.digest
        if said.key != self.places.key or not signed.is_signed_by(self.places.public_key):
            self._fault(hour, "its signature is not that of the cluster's key for digests")
        elif (said.cluster, said.hour) != (self.places.cluster_id, hour):
            self._fault(hour, f"it is that of {said.hour} of cluster {said.cluster}")
        if rules.root(text) != said.root:
            self._fault(hour, "its listing is not the one that was signed")
            self.unread.add(hour)

    def _check_links(self) -> None:
        """Each digest names the one of the hour before."""
        before: Signed | None = None
        for hour in sorted(self.digests):
            signed = self.digests[hour]
            if before is not None and hour != rules.following(before.digest.hour):
                self._missing(rules.following(before.digest.hour), hour)
            elif signed.digest.previous != (before.digest.hash() if before else ""):
                self._fault(hour, "it does not follow the digest before it: the chain is forked")
            before = signed

    def _missing(self, first: str, until: str) -> None:
        for hour in rules.hours(first, until):
            if hour != until and hour not in {one.hour for one in self.faults}:
                self._fault(hour, "it is missing, and later ones are there")

    def _check_table(self) -> None:
        """The table's digests say what the bucket's do; the newest may not be there yet."""
        rows = {row["sk"]["S"]: row for row in _rows(self.places.table)}
        for hour in rows.keys() - self.digests.keys():
            self._fault(hour, "the audit table has it, and the audit bucket has not")
        for hour in self.digests.keys() - rows.keys() - {self.last}:
            made_at = self.digests[hour].digest.made_at
            self.faults.append(Fault(hour, 0, LEFT, (made_at, "digest")))
        for hour in self.digests.keys() & rows.keys():
            form = rows[hour].get("digest", {}).get("S", "").encode()
            if form != rules.form_of(self.digests[hour]):
                self._fault(hour, "the audit table has another than the audit bucket: forked")

    def _fault(self, hour: str, what: str) -> None:
        self.faults.append(Fault(hour, 0, what))


def of(connection: Mapping[str, Any], cluster_id: str, bucket: str = "", region: str = "") -> Chain:
    """A cluster's chain, read; an empty one where it has no bucket for it.

    bucket: where the digests are, if not where the connection says
    region: of the cluster, if it is not the caller's
    """
    named = bucket or connection.get("audit_bucket", "")
    key, public = connection.get("audit_key_arn", ""), b""
    if named:
        public = bytes(client("kms", region).get_public_key(KeyId=key)["PublicKey"])
    chain = Chain(Places(cluster_id, named, connection["audit_table"], key, public, region))
    return chain.read() if named else chain


def rows_of(chain: Chain, hour: str) -> Iterator[Mapping[str, Any]]:
    """The rows of one hour that stand where rows of that hour stand."""
    pages = client("dynamodb").get_paginator("query")
    for shard in range(SHARDS):
        asked = {
            "TableName": chain.places.table,
            "KeyConditionExpression": "pk = :p AND begins_with(sk, :h)",
            "ExpressionAttributeValues": {
                ":p": {"S": f"audit#{hour[:10]}#{shard}"},
                ":h": {"S": hour},
            },
            "ConsistentRead": True,
        }
        for page in pages.paginate(**asked):
            yield from page["Items"]


def _objects(places: Places) -> dict[str, list[Mapping[str, Any]]]:
    """The versions of each digest's object, with marks of its removal, oldest first."""
    prefix = rules.prefix(places.cluster_id)
    pages = client("s3", places.region).get_paginator("list_object_versions")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for page in pages.paginate(Bucket=places.bucket, Prefix=prefix):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            found.setdefault(one["Key"].removeprefix(prefix), []).append(one)
    for versions in found.values():
        # newest first within a second, as S3 lists them: so turn them round, then sort by time
        versions.reverse()
        versions.sort(key=lambda one: one["LastModified"])
    return dict(sorted(found.items()))


def _rows(table: str) -> Iterator[Mapping[str, Any]]:
    pages = client("dynamodb").get_paginator("query")
    asked = {
        "TableName": table,
        "KeyConditionExpression": "pk = :digest",
        "ExpressionAttributeValues": {":digest": {"S": "digest"}},
        "ConsistentRead": True,
    }
    for page in pages.paginate(**asked):
        yield from page["Items"]


def _object(bucket: str, key: str, version: str, region: str) -> bytes:
    answer = client("s3", region).get_object(Bucket=bucket, Key=key, VersionId=version)
    return bytes(answer["Body"].read())


@lru_cache(maxsize=LISTINGS)
def _listing(bucket: str, key: str, version: str, region: str) -> tuple[Line, ...]:
    """The listing of an object; a version never changes."""
    return tuple(rules.lines_of(rules.decode(_object(bucket, key, version, region))[1]))
