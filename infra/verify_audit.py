"""Looks at every line of the audit trail: `make verify-audit CLUSTER=main`.

Each hour of the trail is summed in a digest: chained, signed by a key of its own, locked in the
audit bucket. The first line that was altered, is missing or was put there afterwards is named, and
so is a digest that is. Lines that are not summed yet are checked by their MAC: whether one of those
is missing, this cannot tell. Exit code 0: all is as it was written; 1: it is not; 2: no answer.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.audit import digest as rules
from chalicelib.core.clock import parse_stamp
from infra import audit_chain, audit_other
from infra.audit_chain import Chain, Fault
from infra.audit_past import Past, Restored
from infra.audit_table import Table, every_row
from infra.checks import read_connection
from infra.keys import NoAnswerError, keyring_row, opened
from infra.replica_rows import row_of

LATE = timedelta(hours=3)
"""How long the chain may lag behind before that is a finding."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    lines, summed: how many there are, and how many of them the digests cover
    archived:      how many more are in archives as they were summed
    digests, last: how many there are, and the hour of the newest
    faults:        what is not as it was written, the first first
    lost:          lines that a restore or a fail-back left behind, by that
    behind:        digests that it left behind: they are in the bucket, and not yet in the table
    table:         what was found of lines of the cluster that was followed, and which that is
    is_replica:    the cluster follows another one: it sums nothing
    """

    lines: int
    summed: int
    archived: int
    digests: int
    last: str
    faults: tuple[Fault, ...]
    lost: dict[Restored, int]
    behind: int
    table: Table
    is_replica: bool


def verify(cluster: str, now: datetime | None = None, bucket: str = "") -> Verdict:
    """Look at every line and every digest. Reads the whole audit table once.

    bucket: where the digests are, if not where the connection says
    """
    connection = read_connection(cluster)
    if not connection:
        raise NoAnswerError(f"cluster {cluster} has no connection parameter")
    row = keyring_row(connection["data_table"])
    ring = opened(row, connection["key_arn"])
    chain = audit_chain.of(connection, ring.cluster_id, bucket)
    other, past = audit_other.of(connection, ring.cluster_id), Past(connection["bucket"])
    table = Table(chain, ring, other, past).read(every_row(connection["audit_table"]))
    faults, lost = _explained([*chain.faults, *table.faults], past.explaining())
    is_replica = "replica" in (row_of(connection["data_table"], "gate") or {})
    if not is_replica:
        faults += _early_end(chain, row, past, now or datetime.now(UTC))
    return Verdict(
        lines=table.lines,
        summed=table.summed,
        archived=table.archived,
        digests=len(chain.digests),
        last=chain.last,
        faults=tuple(sorted(faults, key=lambda one: one.order)),
        lost={by: count for (by, is_line), count in lost.items() if is_line},
        behind=sum(count for (_, is_line), count in lost.items() if not is_line),
        table=table,
        is_replica=is_replica,
    )


def _explained(
    faults: Sequence[Fault], restores: Sequence[Restored]
) -> tuple[list[Fault], Counter[tuple[Restored, bool]]]:
    """The faults that no restore explains; how much each left behind: lines (True), digests."""
    left, lost = [], Counter[tuple[Restored, bool]]()
    for fault in faults:
        by = next((one for one in restores if one.explains(fault)), None)
        if by is None:
            left.append(fault)
        else:
            lost[by, bool(fault.position)] += 1
    return left, lost


def _early_end(chain: Chain, row: dict[str, Any], past: Past, now: datetime) -> list[Fault]:
    """The chain's end, if it should be further by now: somebody cut it off, or nobody sums.

    What a cluster was given as a replica it sums once it was promoted, in the next hour.
    """
    promoted = past.promoted_at()
    if not chain.places.bucket or (promoted and promoted <= now < promoted + rules.HOUR):
        return []
    made = min(parse_stamp(one["M"]["made_at"]["S"]) for one in row["keys"]["L"])
    first = rules.following(chain.last) if chain.last else rules.hour_of(made)
    due = rules.last_closed(now - LATE, timedelta(0))
    if first > due:
        return []
    what = f"it should have been made by now, like those after it up to {due}: see that "
    return [Fault(first, 0, what + "PrimaryNodeTaskMonitor runs, or the chain was cut off")]


def told(found: Verdict, accepted: Sequence[str] = ()) -> int:
    """Say what was found; the exit code.

    accepted: backups whose restore, or whose fail-back, the operator knows
    """
    print(f"{found.lines:,} lines; {found.summed:,} of them in {found.digests:,} digests", end="")
    print(f", the last of {found.last}:00 UTC" if found.last else "")
    for line in [*_told_of_rest(found), *_told_of_losses(found), *_told_of_other(found.table)]:
        print(line)
    named = [*(one.backup for one in found.lost), *found.table.unproven]
    unknown = [one for one in dict.fromkeys(named) if one not in accepted]
    if unknown and not found.faults:
        print(f'if that was yours, say so: RESTORED="{" ".join(unknown)}"')
    if found.faults:
        print(f"{len(found.faults):,} findings. The first:\n{found.faults[0]}")
    if found.faults or unknown:
        return 1
    tail = found.lines - found.summed - found.table.brought - found.table.unproven.total()
    print(f"all is as it was written; of the {tail:,} lines that are not summed yet, each is")
    print("genuine, but whether one of those is missing, this cannot tell")
    return 0


def _told_of_rest(found: Verdict) -> Iterator[str]:
    if found.archived:
        yield f"{found.archived:,} more are in archives, as they were summed"
    if found.is_replica:
        yield "the cluster is a replica: it sums no hour until it is promoted"


def _told_of_losses(found: Verdict) -> Iterator[str]:
    for by, count in found.lost.items():
        if by.failed_back:
            yield f"failed back at {by.at:%Y-%m-%d %H:%M:%S} UTC to what a cluster had made of its"
            yield f"  backup {by.backup}:"
        else:
            yield f"restored at {by.at:%Y-%m-%d %H:%M:%S} UTC from backup {by.backup}:"
        yield f"  {count:,} lines written after that backup are not there any more"
    if found.behind:
        yield f"{found.behind:,} digests are in the bucket and, since then, not in the table:"
        yield "  the next summing brings them back"


def _told_of_other(table: Table) -> Iterator[str]:
    name = f"cluster {table.other.cluster}"
    if table.other.why and table.past.followed(table.other.bucket):
        yield f"no line can be held to the digests of {name}: {table.other.why}"
    if table.brought:
        yield f"{table.brought:,} lines came from {name}, as its own digests have them"
    for backup, count in table.unproven.items():
        yield f"{count:,} lines came from {name} by backup {backup}: genuine by their MAC, but no"
        yield f"  digest covers them yet: whether {name} wrote them, and no others, is not told"
    if table.later:
        yield f"{table.later:,} lines that {name} wrote came too late for the last of its backups"
        yield "  that was taken over: they are in its own trail only"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.verify_audit", description=__doc__)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--bucket", default="", help="where the digests are (default: the own)")
    parser.add_argument(
        "--restored", default="", help="backups whose restore or fail-back is known: no finding"
    )
    parser.add_argument("--all", action="store_true", help="name every finding, not only the first")
    given = parser.parse_args(arguments)
    try:
        found = verify(given.cluster, bucket=given.bucket)
    except (NoAnswerError, BotoCoreError, ClientError) as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 2
    code = told(found, given.restored.split())
    for fault in found.faults[1:] if given.all else ():
        print(fault)
    return code


if __name__ == "__main__":
    sys.exit(main())
