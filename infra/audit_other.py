"""The digests of the cluster that was followed: lines that came from it are held to those.

After a fail-back the trail has lines that the other cluster wrote, in hours that this one had
summed already. They are no forgeries if the other's digests, signed by its own key, have them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.audit import digest as rules
from chalicelib.audit.digest import Line
from chalicelib.recovery.store.rows import KEY
from infra import audit_chain
from infra.acting import of_bucket
from infra.audit_archive import archived_lines
from infra.audit_chain import Chain, Fault, Places
from infra.audit_past import moment, sooner
from infra.aws import client
from infra.checks import read_connection

HOUR = len("2026-01-15T12")


@dataclass
class Other:
    """A cluster that was followed.

    why: its digests cannot be read; "" where they can
    """

    cluster: str
    bucket: str
    chain: Chain
    why: str = ""
    _met: Counter[str] = field(default_factory=Counter)

    def covers(self, hour: str) -> bool:
        """Whether it has a digest of that hour, and a whole one."""
        return hour not in self._doubted and self.chain.listing(hour) is not None

    def meet(self, line: Line) -> Line | None:
        """The line of that place as this cluster summed it; None where it has none."""
        hour = line.sk[:HOUR]
        listed = (self.chain.listing(hour) if self.covers(hour) else None) or ()
        position = rules.position(listed, line.place)
        if not position or listed[position - 1].place != line.place:
            return None
        self._met[hour] += 1
        return listed[position - 1]

    def missing(self, ours: Chain) -> Iterator[Fault]:
        """Lines that only it summed, that are in neither table nor archives here."""
        for hour in sorted(filter(self.covers, self.chain.digests)):
            listed = self.chain.listing(hour) or ()
            if self._met[hour] < len(listed):
                yield from self._missing_of(hour, listed, ours)

    def _missing_of(self, hour: str, listed: tuple[Line, ...], ours: Chain) -> Iterator[Fault]:
        known = {line.place for line in ours.listing(hour) or ()}
        known |= {(row["sk"]["S"], row["pk"]["S"]) for row in audit_chain.rows_of(ours, hour)}
        archived = archived_lines(self.chain.places, hour)
        for position, line in enumerate(listed, 1):
            if line.place not in known and line not in archived:
                what = f"it is missing, and the digests of cluster {self.cluster} have it"
                yield Fault(hour, position, what, line.place)

    @property
    def _doubted(self) -> frozenset[str]:
        return frozenset(one.hour for one in self.chain.faults)


def came_after(fault: Fault, backup: str) -> bool:
    """Whether that line may have been written too late for that backup."""
    return moment(fault.place[0]) >= sooner(backup)


def of(connection: Mapping[str, Any], cluster_id: str) -> Other:
    """The cluster that was followed last, as far as its digests can be read; none with no name."""
    found = client("dynamodb").get_item(
        TableName=connection["data_table"],
        Key={"pk": {"S": KEY[0]}, "sk": {"S": KEY[1]}},
        ConsistentRead=True,
    )
    bucket = found.get("Item", {}).get("bucket", {}).get("S", "")
    name, region = of_bucket(bucket)
    none = Other(name, bucket, Chain(Places(cluster_id, "", "", "")))
    try:
        theirs = read_connection(name, region) if name else {}
        if theirs.get("bucket") != bucket or not theirs.get("audit_bucket"):
            none.why = "its connection cannot be read with these credentials"
            return none
        places = {**theirs, "audit_table": ""}  # its table may be lost: its digests are not
        return Other(name, bucket, audit_chain.of(places, cluster_id, region=region))
    except (BotoCoreError, ClientError) as error:
        none.why = f"its digests cannot be read: {error}"
        return none
