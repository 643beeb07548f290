"""Replaces the cluster's KMS key: `make rekey CLUSTER=main KEY=<arn of the new key>`.

Every data key is wrapped by the new KMS key as well, then the connection names it, then the old
wrapping is dropped; reading and writing go on. It waits for functions to follow, about 17 minutes
in all. One that was interrupted goes on when it is called again. A mirrored cluster's rows are
changed in the writing region, where it is called; connections and aliases in every region, where
the new key needs a replica. DRY_RUN=1 only says what it would do. Exit code 0: done; 1: refused,
and nothing was changed; 2: interrupted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from infra.progress import say
from infra.rekey_places import Place, places
from infra.rekey_ring import RefusedError, Ring

ALIAS_COUNTS = timedelta(minutes=5)
"""How long AWS may take until an alias counts where policies name it."""

REPLICATED = timedelta(minutes=10)
"""How long the keyring may take to come to another region."""

FOLLOWED = timedelta(minutes=6)
"""Processes read the connection every five minutes, and none runs longer than one."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How far a replacement is. Keys by their id; "" for none.

    used:   the one that the connection names
    by:     the one that data keys are wrapped by as well
    main:   the one that has the cluster's alias
    second: the one that has the alias of the next
    """

    used: str
    by: str
    main: str
    second: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or to wait for; `what` is said to the operator."""

    what: str
    do: str = ""
    wait: timedelta = timedelta(0)


def plan(facts: Facts, wanted: str) -> tuple[Step, ...]:
    """What is left to do, in its order. Nothing: the cluster uses that key and no trace is left."""
    before = facts.used != wanted
    steps = (
        (before and facts.second != wanted, Step("give the new key the second alias", "name")),
        (before and facts.by != wanted, Step("wrap every data key by it as well", "wrap")),
        (before, Step("wait until the alias counts", wait=ALIAS_COUNTS)),
        (before, Step("let the connection name the new key", "point")),
        (facts.main != wanted, Step("wait until every function follows", wait=FOLLOWED)),
        (facts.main != wanted, Step("move the cluster's alias to the new key", "move")),
        (
            bool(facts.second) or before or facts.main != wanted,
            Step("wait until that counts", wait=ALIAS_COUNTS),
        ),
        (before or facts.by == wanted, Step("drop the old key's wrappings", "settle")),
        (before or bool(facts.second), Step("take the second alias away", "unname")),
    )
    return tuple(step for needed, step in steps if needed)


def joint(found: Sequence[Facts], wanted: str) -> Facts:
    """Of several regions: each fact as it is where it is furthest behind."""

    def lagging(keys: Sequence[str]) -> str:
        return next((key for key in keys if key != wanted), wanted)

    used, main = lagging([one.used for one in found]), lagging([one.main for one in found])
    seconds = [one.second for one in found]
    named = lagging(seconds) if used != wanted else max(seconds)
    return Facts(used, found[0].by, main, named)


@dataclass(frozen=True)
class Rekeying:
    """A replacement in one cluster, in all its regions. `pause` waits so many seconds."""

    cluster: str
    wanted: str
    pause: Callable[[float], None] = time.sleep

    def facts(self) -> Facts:
        by = _id(self._ring().next_arn)
        found = [
            Facts(
                used=_id(one.connection["key_arn"]),
                by=by,
                main=one.target(),
                second=one.target("-next"),
            )
            for one in self._places()
        ]
        return joint(found, _id(self.wanted))

    def steps(self) -> tuple[Step, ...]:
        """What is to be done; nothing when all is. RefusedError: nothing was changed."""
        self._check_place()
        facts = self.facts()
        found = plan(facts, _id(self.wanted))
        if facts.by not in ("", _id(self.wanted)):
            raise RefusedError(f"the replacement by {self._ring().next_arn} is not over: finish it")
        if found:
            self._check_key()
        return found

    def run(self) -> None:
        """Do all that is left. May be repeated."""
        for number, step in enumerate(todo := self.steps(), 1):
            waits = f" ({step.wait.total_seconds():.0f} s)" if step.wait else ""
            say(f"{number}/{len(todo)} {step.what}{waits}")
            if step.wait:
                self.pause(step.wait.total_seconds())
            if step.do:
                getattr(self, f"_{step.do}")()

    # -- steps; each may be repeated

    def _name(self) -> None:
        for one in self._places():
            one.name(_id(self.wanted))

    def _wrap(self) -> None:
        here = self._places()[0]
        here.ring.wrap_by(here.arn(self.wanted))

    def _point(self) -> None:
        """In each region once the rows that are read there carry the new key's wrappings."""
        for one in self._places():
            self._wait_for(one)
            one.point(self.wanted)

    def _move(self) -> None:
        for one in self._places():
            one.move(_id(self.wanted))

    def _settle(self) -> None:
        self._ring().settle(self.wanted)

    def _unname(self) -> None:
        for one in self._places():
            one.unname()

    # -- what there is

    def _wait_for(self, place: Place) -> None:
        """Raises RuntimeError when replication is behind for too long."""
        for _ in range(REPLICATED.seconds):
            if _id(place.ring.next_arn) == _id(self.wanted):
                return
            self.pause(1)
        raise RuntimeError(f"the new wrappings have not come to {place.region} in {REPLICATED}")

    def _places(self) -> Sequence[Place]:
        return places(self.cluster)

    def _ring(self) -> Ring:
        return self._places()[0].ring

    def _check_place(self) -> None:
        used = self._places()[0].connection["key_arn"]
        names = [one.arn(used).split(":")[:5] for one in self._places()]
        if self.wanted.split(":")[:5] not in names:
            raise RefusedError(
                f"{self.wanted} is not in the account and region of {used}: the alias that gives "
                "functions their right is there. To move a cluster, restore a backup with escrow"
            )

    def _check_key(self) -> None:
        for one in self._places():
            one.check_key(self.wanted)


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def main(
    arguments: Sequence[str] | None = None, pause: Callable[[float], None] = time.sleep
) -> int:
    given = _parser().parse_args(arguments)
    rekeying = Rekeying(given.cluster, given.key, pause)
    try:
        if given.dry_run:
            for number, step in enumerate(rekeying.steps(), 1):
                print(f"would {number}. {step.what}")
            return 0
        rekeying.run()
    except RefusedError as error:
        print(f"not replaced, nothing was changed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, RuntimeError) as error:
        print(f"interrupted, call it again to go on: {error}", file=sys.stderr)
        return 2
    print(f"cluster {given.cluster} uses {given.key}. Keep the old KMS key as long as backups of")
    print("then are kept: their data keys are wrapped by it (and boxed to the escrow key, if set)")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.rekey",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--key", required=True, help="ARN of the KMS key to use from now on")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return parser


if __name__ == "__main__":
    sys.exit(main())
