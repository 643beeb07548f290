"""Compares the audit table's rows with the listings that were signed, reading each row once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Any

from chalicelib.audit import digest as rules
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import SHARDS, about, covered
from chalicelib.aws.keyring import OpenKeys
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp
from infra.audit_archive import archived_lines
from infra.audit_chain import LEFT, Chain, Fault
from infra.aws import client

Item = Mapping[str, Any]
HOUR = len("2026-01-15T12")
RESTORE = ("RESTORE", "Backup")


@dataclass(frozen=True, slots=True)
class Restored:
    """That the tables were put back: when, and from which backup, named by when it began."""

    backup: str
    at: datetime

    def explains(self, fault: Fault) -> bool:
        """Whether a row that is not there was written between the backup and its restore."""
        begun, restored = self.backup[:15], self.at.strftime("%Y%m%dT%H%M%S")
        written = fault.place[0][:19].replace("-", "").replace(":", "")
        return fault.what in (MISSING, LEFT) and _sooner(begun) <= written <= restored


MISSING, ALTERED = "it is missing", "it was altered"
INSERTED = "it was put there after its hour was summed"
NOT_GENUINE = "it is not genuine: its MAC does not fit"


@dataclass
class Table:
    """Reads all rows; `faults` in no order, `summed` how many rows are in the chain."""

    chain: Chain
    ring: OpenKeys
    lines: int = 0
    summed: int = 0
    archived: int = 0
    faults: list[Fault] = field(default_factory=list)
    restores: list[Restored] = field(default_factory=list)
    _met: Counter[str] = field(default_factory=Counter)

    def read(self, items: Iterator[Item]) -> Table:
        for item in items:
            if item["pk"]["S"] != "digest":
                self.lines += 1
                self._look(item)
        for hour in sorted(self.chain.digests):
            self._look_for_missing(hour)
        return self

    def _look(self, item: Item) -> None:
        line, genuine = rules.line_of(item), is_genuine(item, self.ring)
        hour = line.sk[:HOUR]
        if genuine:
            self._note_restore(item)
        if not self.chain.last or hour > self.chain.last:
            if not genuine:
                self._fault(line, 1, NOT_GENUINE)
            return
        listed = self.chain.listing(hour)
        if listed is None and hour in self.chain.digests:
            if not genuine:  # the digest's own fault is named already
                self._fault(line, 1, NOT_GENUINE)
            return
        self._compare(line, listed or (), genuine=genuine)

    def _compare(self, line: rules.Line, listed: tuple[rules.Line, ...], *, genuine: bool) -> None:
        position = rules.position(listed, line.place)
        summed = listed[position - 1] if position else None
        if summed is None or summed.place != line.place:
            by = "by one who has the cluster's keys" if genuine else "and its MAC does not fit"
            self._fault(line, position + 1, f"{INSERTED}, {by}")
            return
        self._met[line.sk[:HOUR]] += 1
        self.summed += 1
        if summed.hash != line.hash:
            self._fault(line, position, ALTERED)

    def _look_for_missing(self, hour: str) -> None:
        listed = self.chain.listing(hour)
        if listed is None or self._met[hour] == len(listed):
            return
        there = {(row["sk"]["S"], row["pk"]["S"]) for row in rows_of(self.chain, hour)}
        archived = archived_lines(self.chain.places, hour)
        for position, line in enumerate(listed, 1):
            if line.place not in there and line not in archived:
                self._fault(line, position, MISSING)
            self.archived += line.place not in there and line in archived

    def _note_restore(self, item: Item) -> None:
        if (item["action"]["S"], item["item_kind"]["S"]) == RESTORE:
            at = parse_stamp(item["at"]["S"])
            self.restores.append(Restored(item["item"]["S"], at))

    def _fault(self, line: rules.Line, position: int, what: str) -> None:
        self.faults.append(Fault(line.sk[:HOUR], position, what, line.place))


def every_row(table: str) -> Iterator[Item]:
    """The whole table, consistently read."""
    pages = client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def is_genuine(item: Item, ring: OpenKeys) -> bool:
    """Whether a line says what it was written with, where it was written."""
    try:
        said = _record(item)
    except (KeyError, ValueError):
        return False
    mac = keyring.ring_mac(ring, "audit", covered(said, _text(item, "pk"), _text(item, "sk")))
    by = f"actor#{said.actor}"
    is_listed_right = _text(item, "i1pk") == about(said) and _text(item, "i2pk") == by
    return is_listed_right and compare_digest(mac, _text(item, "mac"))


def rows_of(chain: Chain, hour: str) -> Iterator[Item]:
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


def _sooner(stamp: str) -> str:
    """That moment less the time for which a row may be late."""
    return (datetime.strptime(stamp, "%Y%m%dT%H%M%S") - rules.SLACK).strftime("%Y%m%dT%H%M%S")  # noqa: DTZ007 - only its text matters


def _record(item: Item) -> AuditRecord:
    return AuditRecord(
        actor=int(item["actor"]["N"]),
        action=item["action"]["S"],
        kind=item["item_kind"]["S"],
        item=item["item"]["S"],
        at=parse_stamp(item["at"]["S"]),
        detail=_text(item, "detail"),
        address=_text(item, "address"),
        through=_text(item, "through"),
        cause=_text(item, "cause"),
    )


def _text(item: Item, name: str) -> str:
    return str(item.get(name, {}).get("S", ""))
