"""Compares the audit table's rows with the listings that were signed, reading each row once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from chalicelib.audit import digest as rules
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import about, covered
from chalicelib.aws.keyring import OpenKeys
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp
from infra.audit_archive import archived_lines
from infra.audit_chain import Chain, Fault, rows_of
from infra.audit_other import HOUR, Other, came_after
from infra.audit_past import MISSING, Past, moment
from infra.aws import client

Item = Mapping[str, Any]

ALTERED = "it was altered"
INSERTED = "it was put there after its hour was summed"
NOT_GENUINE = "it is not genuine: its MAC does not fit"


@dataclass(frozen=True, slots=True)
class Guest:
    """A genuine line that its hour's digest has not. proven: a digest of the other cluster has."""

    fault: Fault
    proven: bool


@dataclass
class Table:
    """Reads all rows; `faults` in no order, `summed` how many rows are in the chain.

    brought:  lines from the other cluster in hours summed here, as that one's digests have them
    unproven: such lines that are genuine by their MAC, and that no digest covers; by the backup
              of the other cluster that brought them
    later:    lines of the other cluster that came too late for the last backup taken over
    """

    chain: Chain
    ring: OpenKeys
    other: Other
    past: Past
    lines: int = 0
    summed: int = 0
    archived: int = 0
    brought: int = 0
    unproven: Counter[str] = field(default_factory=Counter)
    later: int = 0
    faults: list[Fault] = field(default_factory=list)
    _met: Counter[str] = field(default_factory=Counter)
    _guests: list[Guest] = field(default_factory=list)

    def read(self, items: Iterator[Item]) -> Table:
        for item in items:
            if item["pk"]["S"] != "digest":
                self.lines += 1
                self._look(item)
        for hour in sorted(self.chain.digests):
            self._look_for_missing(hour)
        self._judge_guests()
        self._look_for_missing_guests()
        return self

    def _look(self, item: Item) -> None:
        line, genuine = rules.line_of(item), is_genuine(item, self.ring)
        hour, theirs = line.sk[:HOUR], self.other.meet(line)
        if genuine:
            self.past.note(item)
        if hour <= self.chain.last and hour not in self.chain.digests:
            self._stranger(line, 1, theirs, genuine=genuine)
            return
        listed = self.chain.listing(hour)
        if listed is not None:
            self._compare(line, listed, theirs, genuine=genuine)
        elif not genuine:  # not summed yet, or the digest's own fault is named already
            self._fault(line, 1, NOT_GENUINE)
        elif theirs is not None and theirs.hash != line.hash:
            self._fault(line, 1, self._altered_since())

    def _compare(
        self,
        line: rules.Line,
        listed: tuple[rules.Line, ...],
        theirs: rules.Line | None,
        *,
        genuine: bool,
    ) -> None:
        position = rules.position(listed, line.place)
        summed = listed[position - 1] if position else None
        if summed is None or summed.place != line.place:
            self._stranger(line, position + 1, theirs, genuine=genuine)
            return
        self._met[line.sk[:HOUR]] += 1
        self.summed += 1
        if summed.hash != line.hash:
            self._fault(line, position, ALTERED)

    def _stranger(
        self, line: rules.Line, position: int, theirs: rules.Line | None, *, genuine: bool
    ) -> None:
        """A line that the digest of its hour has not: put there, or from the other cluster."""
        if not genuine:
            self._fault(line, position, f"{INSERTED}, and its MAC does not fit")
        elif theirs is not None and theirs.hash != line.hash:
            self._fault(line, position, self._altered_since())
        else:
            what = f"{INSERTED}, by one who has the cluster's keys"
            fault = Fault(line.sk[:HOUR], position, what, line.place)
            self._guests.append(Guest(fault, theirs is not None))

    def _judge_guests(self) -> None:
        """Which of them came with a backup of the other cluster. All lines are read by now."""
        followed = self.past.followed(self.other.bucket)
        taken = self.past.taken(self.other.bucket, self.other.cluster)
        until = taken.at.strftime("%Y%m%dT%H%M%S") if taken and followed else ""
        for guest in self._guests:
            if moment(guest.fault.place[0]) <= until and guest.proven:
                self.brought += 1
            elif moment(guest.fault.place[0]) > until or self.other.covers(guest.fault.hour):
                self.faults.append(guest.fault)
            else:
                self.unproven[followed[-1].backup] += 1

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

    def _look_for_missing_guests(self) -> None:
        taken = self.past.taken(self.other.bucket, self.other.cluster)
        if taken is None:
            return
        for fault in self.other.missing(self.chain):
            if came_after(fault, taken.backup):
                self.later += 1
            else:
                self.faults.append(fault)

    def _altered_since(self) -> str:
        return f"{ALTERED} since cluster {self.other.cluster} summed it"

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
