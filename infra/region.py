"""Moves the writing region of a mirrored cluster: `make writing-region CLUSTER=main TO=eu-west-1`.

Nobody writes from its first step to its last, about a minute and a half; reads go on. Called again
after it was interrupted it goes on where it was; TO=<the old region> calls it off. DRY_RUN=1 only
looks. FORCE=1 is for an old region that does not answer: what it wrote and had not replicated is
missing until it comes back, and may then overwrite what was written since; the monitor names it.
Exit code 0: done; 1: refused, nothing was changed; 2: interrupted, call it again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cluster.functions import Role
from chalicelib.cluster.node import LONGEST_WRITE
from chalicelib.cluster.store import LETTERS
from infra.aws import client
from infra.checks import read_connection
from infra.progress import say
from infra.region_rows import RECENT, Client, LostRaceError, Rows, State
from infra.region_trail import record

MARGIN = timedelta(seconds=5)
"""What clocks of functions may differ while a write ends."""

PATIENCE = timedelta(minutes=10)
LOOK_EVERY = 0.5  # seconds


class RefusedError(Exception):
    """The writing region cannot be moved so. The text says why; nothing was changed."""


@dataclass(frozen=True)
class Mover:
    """client, now, pause: what tests give it. patience: how long replication may take."""

    cluster: str
    connection: Mapping[str, Any]
    client: Client = client
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep
    patience: timedelta = PATIENCE

    def move(self, to: str, force: bool = False, only_say: bool = False) -> str:
        """Have that region write; what was done, in words. May be repeated, and interrupted.

        Raises RefusedError before anything is changed, TimeoutError when replication is behind.
        """
        if not self.connection.get("home"):
            raise RefusedError(f"cluster {self.cluster} has no mirror: deploy it with MIRROR=...")
        there = self._rows(to)
        seen = there.state()
        if not seen.writing:
            raise RefusedError(f"the cluster's rows have not come to {to} yet")
        source = self._rows(seen.writing)
        if not self._answers(source):
            return self._seize(source.region, there, seen, force, only_say)
        if force:
            raise RefusedError(f"{source.region} answers: move without FORCE, and nothing is lost")
        return self._moved(source, there, only_say)

    # -- both regions answer

    def _moved(self, source: Rows, there: Rows, only_say: bool) -> str:
        state, to = source.state(), there.region
        if state.writing == to:
            return self._settled(source, there, state, only_say)
        if state.moving not in ("", to):
            raise RefusedError(
                f"it is being moved to {state.moving}: finish with TO={state.moving},"
                f" or call it off with TO={state.writing}"
            )
        if state.upgrading and not state.moving:
            raise RefusedError(
                "an upgrade is in progress, in this region: let `make upgrade` finish it, or take"
                " it back with STEP=abort"
            )
        _demand_holders(there.state(), to)
        if only_say:
            return f"would move the writing region from {state.writing} to {to}: both are ready"
        if not state.moving:
            say(f"  from here on nobody writes: {state.writing} -> {to}")
            source.begin(state, to, self.now())
            state = source.state()
        began = state.since or self.now()
        self._wait_until(began + LONGEST_WRITE + MARGIN)
        lag = self._caught_up(source, there, began)
        detail = f"from {state.writing} to {to}, replication {lag:.1f} s behind"
        source.hand_over(state, began + LONGEST_WRITE, record(self.cluster, detail))
        return self._settled(source, there, source.state(), only_say)

    def _settled(self, source: Rows, there: Rows, state: State, only_say: bool) -> str:
        """The old region's gate names the new one: the new one must hear of it."""
        to = there.region
        if state.moving:  # TO is where it is: the move is called off
            if only_say:
                return f"would call off the move to {state.moving}"
            source.cancel(state)
            return f"the move to {state.moving} is called off: {state.writing} goes on"
        seconds = self._wait_for(lambda: there.state().writing == to, f"{to} to hear of it")
        self._wake(there)
        return f"the writing region is {to}, known there after {seconds:.1f} s"

    def _wait_until(self, at: datetime) -> None:
        left = (at - self.now()).total_seconds()
        if left > 0:
            say(f"  writes that had begun end within {left:.0f} s")
            self.pause(left)

    def _caught_up(self, source: Rows, there: Rows, began: datetime) -> float:
        """Wait until what was written last has come over; how many seconds it took.

        Replication keeps no order between rows. So it is watched at several places of the table,
        and every change of the last minutes is looked for by the row that lists it.
        """
        keys = source.put_markers(stamp_of(began), self.now())
        keys += source.written_since(source.region, began - RECENT)
        begun = self.now()
        self._wait_for(lambda: there.missing(keys) == 0, f"{there.region} to have all changes")
        return (self.now() - begun).total_seconds()

    def _wait_for(self, is_so: Callable[[], bool], what: str) -> float:
        begun = self.now()
        while not is_so():
            if self.now() - begun > self.patience:
                raise TimeoutError(f"waited {self.patience} for {what}")
            self.pause(LOOK_EVERY)
        return (self.now() - begun).total_seconds()

    # -- the old region does not answer

    def _seize(self, lost: str, there: Rows, seen: State, force: bool, only_say: bool) -> str:
        to = there.region
        if to == lost:
            raise RefusedError(f"{to} does not answer")
        newest = there.newest_written(lost)
        known = f"{newest:%Y-%m-%d %H:%M:%S} UTC" if newest else "unknown"
        risk = (
            f"the newest change of {lost} that is known here is of {known};"
            f" later ones are missing until {lost} is back, and may then overwrite newer ones"
        )
        if not force:
            raise RefusedError(f"{lost} does not answer. FORCE=1 takes over without it: {risk}")
        if only_say:
            return f"would take over from {lost}, which does not answer: {risk}"
        since = (newest or self.now()) - RECENT
        there.looked_at(there.written_since(lost, since))
        there.skip_ids()
        detail = f"from {lost}, which does not answer, to {to} by force: {risk}"
        there.seize(seen, to, since, record(self.cluster, detail))
        self._wake(there)
        return f"the writing region is {to}: {risk}"

    def _answers(self, rows: Rows) -> bool:
        try:
            rows.state()
        except BotoCoreError:
            return False
        return True

    def _rows(self, region: str) -> Rows:
        arn = str(self.connection["key_arn"]).split(":")
        own = {**self.connection, "key_arn": ":".join([*arn[:3], region, *arn[4:]])}
        return Rows(self.client, region, own)

    def _wake(self, there: Rows) -> None:
        state = there.state()
        for name in state.nodes:
            if state.regions.get(name) == there.region:
                with suppress(BotoCoreError, ClientError):  # its agent runs every minute anyway
                    there.wake(name)


def _demand_holders(state: State, region: str) -> None:
    """Raises RefusedError unless some node of that region would hold each role."""
    ticked = "".join(
        letters
        for name, letters in state.nodes.items()
        if state.regions.get(name) == region and name not in state.barred and "c" in letters
    )
    boxes = {box: letter for letter, box in LETTERS.items()}
    unheld = [str(role) for role in Role if boxes[role.value] not in ticked]
    if unheld:
        raise RefusedError(
            f"no node in {region} would hold {', '.join(unheld)}: deploy one there and tick its"
            " boxes first"
        )


def stamp_of(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        mover = Mover(given.cluster, read_connection(given.cluster, given.to))
        print(mover.move(given.to, given.force, given.dry_run))
    except RefusedError as error:
        print(f"not moved, nothing was changed: {error}", file=sys.stderr)
        return 1
    except (LostRaceError, TimeoutError, BotoCoreError, ClientError) as error:
        said = str(error) or "another move or a change of nodes came between"
        print(f"interrupted, call it again to go on: {said}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.region",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--to", required=True, help="the region that shall write")
    parser.add_argument("--force", action="store_true", help="the old region does not answer")
    parser.add_argument("--dry-run", action="store_true", help="only look")
    return parser


if __name__ == "__main__":
    sys.exit(main())
