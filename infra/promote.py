"""Lets a replica take over: `make promote CLUSTER=dr [DRY_RUN=1] [FORCE=1]`.

It takes the source's newest backup over if that can still be read, says how old the rows are, and
ends being a replica: from then on the cluster's nodes change passwords. It refuses as long as the
source is seen to act, since two would. Exit code 0: done; 1: refused, and nothing was changed;
2: call it again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import wiring
from chalicelib.core.errors import ConclaveError, Unavailable
from chalicelib.recovery.replica import Replication, behind
from infra.acting import acting_in, of_bucket
from infra.backups import RefusedError
from infra.checks import read_connection
from infra.signs import Signs, signs_of

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promoted:
    """The replication as it ended, and how old the rows are: what was changed since is lost."""

    replication: Replication
    lag: timedelta


def promote(cluster: str, say: Say, *, dry_run: bool = False, force: bool = False) -> Promoted:
    """Let the replica act. May be repeated: one that acts already is left as it is.

    Raises RefusedError when it is no replica, holds nothing yet, or its source still acts.
    """
    if not read_connection(cluster):
        raise RefusedError(f"cluster {cluster} has no connection parameter: deploy it first")
    with acting_in(cluster):
        gate, one = wiring.recovery().status()
        if not gate.replica:
            return _acts_already(cluster, one, say)
        signs = signs_of(*of_bucket(one.bucket), datetime.now(UTC))
        say(signs.text)
        if not dry_run:
            _check(signs, force)
            one = _synced(one, say, force)
        return _ended(one, signs, say, dry_run=dry_run)


def _acts_already(cluster: str, one: Replication, say: Say) -> Promoted:
    if not one.source:
        raise RefusedError(f"cluster {cluster} is no replica: make standby makes it one")
    say(f"{cluster} is no replica any more: it acts")
    return Promoted(one, timedelta(0))


def _check(signs: Signs, force: bool) -> None:
    if signs.acts and not force:
        raise RefusedError(
            "the source acts: stop it first (maintenance mode on all nodes, or In Cluster off), "
            "or give FORCE=1, and two clusters will change the same passwords"
        )


def _synced(one: Replication, say: Say, force: bool) -> Replication:
    """One last look at the source. A backup that cannot be trusted is a reason to stop."""
    try:
        return wiring.recovery().sync(say)
    except Unavailable as error:
        say(f"the source's backups cannot be read: {error}")
    except ConclaveError as error:
        if not force:
            raise RefusedError(f"{error}. FORCE=1 goes on without that backup") from error
        say(f"not taken over: {error}")
    return wiring.recovery().rows.read()


def _ended(one: Replication, signs: Signs, say: Say, *, dry_run: bool) -> Promoted:
    now = datetime.now(UTC)
    lag = one.lag(now)
    if lag is None or one.as_of is None:
        raise RefusedError("no backup was taken over yet: there is nothing to promote")
    say(f"rows as of {one.as_of:%Y-%m-%d %H:%M:%S} UTC, {_minutes(lag)} old: what was changed "
        f"in {one.source} since is lost, passwords among it")  # fmt: skip
    if to := behind(wiring.gate().read().schema):
        say(f"the rows are of an older schema than this code's, {to}: they are worked on as they "
            "are; run make upgrade once the cluster acts")  # fmt: skip
    if dry_run:
        say("dry run: nothing was changed" + ("; it would be refused" if signs.acts else ""))
        return Promoted(one, lag)
    detail = f"rows as of {one.as_of:%Y-%m-%d %H:%M:%S} UTC; {signs.text}"
    wiring.recovery().take_over(now, detail)
    for name, wanted in sorted(wiring.gate().read().nodes.items()):
        say(f"node {name}: {'in the cluster' if wanted.in_cluster else 'a standby: tick it'}")
    return Promoted(one, lag)


def _minutes(lag: timedelta) -> str:
    return f"{lag / timedelta(minutes=1):.1f} minutes"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        promote(given.cluster, print, dry_run=given.dry_run, force=given.force)
    except RefusedError as error:
        print(f"refused, nothing was changed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, ConclaveError) as error:
        print(f"interrupted, call it again to go on: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.promote", description=__doc__)
    parser.add_argument("--cluster", required=True, help="the replica that takes over")
    parser.add_argument("--dry-run", action="store_true", help="only say how things are")
    parser.add_argument("--force", action="store_true", help="even if the source still acts")
    return parser


if __name__ == "__main__":
    sys.exit(main())
