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
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.audit import digest as rules
from chalicelib.core.clock import parse_stamp
from infra import audit_chain
from infra.audit_chain import Chain, Fault
from infra.audit_table import Restored, Table, every_row
from infra.checks import read_connection
from infra.keys import NoAnswerError, keyring_row, opened

LATE = timedelta(hours=3)
"""How long the chain may lag behind before that is a finding."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    lines, summed: how many there are, and how many of them the digests cover
    archived:      how many more are in archives as they were summed
    digests, last: how many there are, and the hour of the newest
    faults:        what is not as it was written, the first first
    lost:          lines that a restore left behind, by that restore
    behind:        digests that it left behind: they are in the bucket, and not yet in the table
    """

    lines: int
    summed: int
    archived: int
    digests: int
    last: str
    faults: tuple[Fault, ...]
    lost: dict[Restored, int]
    behind: int = 0


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
    table = Table(chain, ring).read(every_row(connection["audit_table"]))
    faults, lost = _explained([*chain.faults, *table.faults], table.restores)
    ends = _early_end(chain, row, now or datetime.now(UTC))
    everything = sorted([*faults, *ends], key=lambda one: one.order)
    return Verdict(
        lines=table.lines,
        summed=table.summed,
        archived=table.archived,
        digests=len(chain.digests),
        last=chain.last,
        faults=tuple(everything),
        lost={by: count for (by, is_line), count in lost.items() if is_line},
        behind=sum(count for (_, is_line), count in lost.items() if not is_line),
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


def _early_end(chain: Chain, row: dict[str, Any], now: datetime) -> list[Fault]:
    """The chain's end, if it should be further by now: somebody cut it off, or nobody sums."""
    if not chain.places.bucket:
        return []
    made = min(parse_stamp(one["M"]["made_at"]["S"]) for one in row["keys"]["L"])
    first = rules.following(chain.last) if chain.last else rules.hour_of(made)
    due = rules.last_closed(now - LATE, timedelta(0))
    if first > due:
        return []
    what = f"it should have been made by now, like those after it up to {due}: see that "
    return [Fault(first, 0, what + "PrimaryNodeTaskMonitor runs, or the chain was cut off")]


def told(found: Verdict, accepted: Sequence[str] = ()) -> int:
    """Say what was found; the exit code. `accepted`: backups whose restore the operator knows."""
    print(f"{found.lines:,} lines; {found.summed:,} of them in {found.digests:,} digests", end="")
    print(f", the last of {found.last}:00 UTC" if found.last else "")
    if found.archived:
        print(f"{found.archived:,} more are in archives, as they were summed")
    if found.behind:
        print(f"{found.behind:,} digests are in the bucket and, since a restore, not in the table,")
        print("which the next summing brings back")
    unknown = [one for one in found.lost if one.backup not in accepted]
    for restored, count in found.lost.items():
        print(f"restored at {restored.at:%Y-%m-%d %H:%M:%S} UTC from backup {restored.backup}:")
        print(f"  {count:,} lines written after that backup are not there any more")
    if unknown and not found.faults:
        names = " ".join(one.backup for one in unknown)
        print(f'if that restore was yours, say so: RESTORED="{names}"')
    if found.faults:
        print(f"{len(found.faults):,} findings. The first:\n{found.faults[0]}")
    if found.faults or unknown:
        return 1
    tail = found.lines - found.summed
    print(f"all is as it was written; of the {tail:,} lines that are not summed yet, each is")
    print("genuine, but whether one of those is missing, this cannot tell")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.verify_audit", description=__doc__)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--bucket", default="", help="where the digests are (default: the own)")
    parser.add_argument(
        "--restored", default="", help="backups whose restore is known: what it lost is no finding"
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
