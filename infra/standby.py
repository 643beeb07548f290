"""Makes a cluster a replica of another: `make standby CLUSTER=dr SOURCE=<the other's bucket>`.

It brings the source's data keys, wrapped anew under this cluster's own KMS key, and takes the
newest backup over; the cluster's nodes then follow by themselves. Called again it brings keys that
were made since. `make fail-back` does the same to the old production, after it has said what of
its own will be lost. Exit code 0: done; 1: refused, and nothing was changed; 2: call it again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import wiring
from chalicelib.core.errors import ConclaveError
from chalicelib.recovery.store import Source
from infra.acting import acting_in
from infra.backups import Opened, RefusedError, open_backup
from infra.checks import read_connection
from infra.losses import Losses, losses
from infra.replica_rows import AlreadyInUseError, Turning, become_replica, founding_lines, row_of

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What was done: of which moment the rows are; what of its own was lost, or would be."""

    backup: str
    as_of: str
    losses: Losses | None


def stand_by(
    cluster: str, bucket: str, say: Say, *, fail_back: bool = False, sure: bool = True
) -> Standing:
    """Make the cluster a replica of the one with that bucket. May be repeated.

    fail_back: it is the cluster that was followed before: what it has of its own is lost
    sure:      else nothing is changed, and what would be lost is told
    """
    connection = read_connection(cluster)
    if not connection:
        raise RefusedError(f"cluster {cluster} has no connection parameter: deploy it first")
    with acting_in(cluster):
        opened = open_backup(bucket, _newest(bucket, connection))
        turning = _turning(cluster, opened, connection, fail_back=fail_back)
        lost = losses(bucket, opened.manifest) if turning.acts and turning.same else None
        if not sure:
            return Standing(opened.manifest.id, opened.manifest.at, lost)
        _turn(turning)
    with acting_in(cluster):  # with the keys that it has now
        done = wiring.recovery().sync(say)
        return Standing(done.applied, opened.manifest.at, lost)


def _newest(bucket: str, connection: Mapping[str, Any]) -> str:
    if bucket == connection["bucket"]:
        raise RefusedError("a cluster does not follow itself: SOURCE is the other one's bucket")
    source = Source(wiring.keyring())
    for id in source.newer(bucket, ""):
        if source.manifest(bucket, id) is not None:
            return id
    raise RefusedError(f"there is no whole backup in the bucket {bucket}")


def _turning(
    cluster: str, opened: Opened, connection: Mapping[str, Any], *, fail_back: bool
) -> Turning:
    """What is to be written. Raises RefusedError for a cluster that must not be overwritten."""
    gate = row_of(connection["data_table"], "gate")
    if gate is None:
        raise RefusedError(
            f"cluster {cluster} was not founded yet: its first agent's run does that"
        )
    turning = Turning(cluster, connection, opened, gate)
    if not turning.same and row_of(connection["data_table"], "administrators"):
        raise RefusedError(f"cluster {cluster} is in use: it has an administrator, and other keys")
    if turning.same and turning.acts and not fail_back:
        raise RefusedError(
            f"cluster {cluster} acts by itself and has rows of its own: make fail-back, which says "
            "what of them will be lost"
        )
    return turning


def _turn(turning: Turning) -> None:
    if turning.acts and not turning.same:
        founding_lines(turning.connection["audit_table"], remove=True)
    try:
        become_replica(turning, datetime.now(UTC))
    except AlreadyInUseError as error:
        raise RefusedError(str(error)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    sure = given.yes or not given.fail_back
    try:
        done = stand_by(given.cluster, given.source, print, fail_back=given.fail_back, sure=sure)
    except RefusedError as error:
        print(f"refused, nothing was changed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, ConclaveError) as error:
        print(f"interrupted, call it again to go on: {error}", file=sys.stderr)
        return 2
    if done.losses is not None:
        print(done.losses.told(given.cluster, done_already=sure))
    if not sure:
        print(f"nothing was changed. With YES=1 it takes over backup {done.backup}")
        return 0
    print(f"{given.cluster} is a replica: rows as of {done.as_of}, backup {done.backup}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.standby", description=__doc__)
    parser.add_argument("--cluster", required=True, help="the cluster that becomes a replica")
    parser.add_argument("--source", required=True, help="the bucket of the one it follows")
    parser.add_argument("--fail-back", action="store_true", help="it was the production before")
    parser.add_argument("--yes", action="store_true", help="lose what --fail-back says is lost")
    return parser


if __name__ == "__main__":
    sys.exit(main())
