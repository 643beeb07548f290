"""Upgrades a cluster to this checkout's version: `make upgrade STAGE=node-a CLUSTER=main`.

Asks the cluster's own API to go from step to step, and deploys where a step waits for that: the
node STAGE first, the others once the rows are migrated, each in its own region. Called again, after
a crash too, it goes on where the upgrade stands. The cluster fetches nothing: it needs no outbound
access.

Needs a token of somebody with Administer Nodes in CONCLAVE_TOKEN, or asks for name and password.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chalicelib import SCHEMA, VERSION
from chalicelib.cluster.migration import gap
from chalicelib.cluster.upgrade import STEPS, Step
from infra.deploy import FAILURES
from infra.localrun.api import ApiError
from infra.progress import say
from infra.upgrade_places import Aws, Door, LocalRun, NoPlaceError, Place

Shown: TypeAlias = dict[str, Any]
"""What the API shows: of the upgrade, or of a node."""

LOOK_SECONDS = 1.0
UNTIL = {
    "check": Step.CHECK,
    "backup": Step.BACKUP,
    "drain": Step.DRAIN,
    "deploy": Step.DEPLOY,
    "migrate": Step.MIGRATE,
    "verify": Step.VERIFY,
    "roll": Step.ROLL,
    "finish": Step.FINISH,
}
"""STEP=... does everything up to and with that step; joining and standing by belong to migrate."""


class StoppedError(Exception):
    """The upgrade cannot go on now; the text says why. Called again it goes on from there."""


@dataclass
class Operator:
    """What somebody does who upgrades: asks, deploys, watches.

    patience: seconds that a step may take
    deployed: the nodes that this call has deployed; each is deployed once
    """

    place: Place
    door: Door
    first: str
    patience: float = 3600.0
    deployed: set[str] = field(default_factory=set)

    def check(self) -> list[str]:
        """What keeps the upgrade from beginning; nothing is changed."""
        shown = self.look()
        away = gap(int(shown["source"]["schema"]), SCHEMA)
        asked = {**self._asked(), "checkOnly": True}
        found: list[str] = self.door.post("upgrade/begin", asked)["problems"]
        return [*([away] if away else []), *found]

    def upgrade(self, until: Step) -> None:
        """Begin, or go on, up to and with that step. Raises StoppedError."""
        shown = self.look()
        if shown["status"] == "finished" and self._is_own(shown["target"]):
            say(f"the cluster is of {_said(shown['target'])}: there is nothing left to do")
            return
        if not shown["inProgress"]:
            if problems := self.check():
                raise StoppedError("; ".join(problems))
            self.door.post("upgrade/begin", self._asked())
            say(f"upgrade to {VERSION} (schema {SCHEMA}) begun")
        elif shown["status"] == "aborting":
            raise StoppedError("an upgrade is being taken back: STEP=abort goes on with that")
        self._demand_target()
        self._steps(until)

    def abort(self) -> None:
        """Take it back: boxes at once, then the nodes that run the new code, from this checkout."""
        shown = self.look()
        if shown["status"] != "aborting":
            shown = self.door.post("upgrade/abort", {})
            say("boxes are as before the upgrade")
        if shown["status"] == "aborting" and not self._is_own(shown["source"]):
            for line in shown["next"]:
                say(f"  {line}")
            raise StoppedError(
                f"nodes still run {_said(shown['target'])}: deploy the version before"
            )
        began = time.monotonic()
        while shown["status"] == "aborting":
            self._deploy([one for one in shown["nodes"] if one["upgraded"]][:1])
            shown = self._paused("abort", began)
        say(f"the upgrade is taken back: {_said(shown['source'])}")

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.door.get("upgrade")
        return found

    def _steps(self, until: Step) -> None:
        shown, told, began = self.look(), "", time.monotonic()
        retry = bool(shown["error"])
        while shown["inProgress"] and STEPS.index(Step(shown["step"])) <= STEPS.index(until):
            if shown["step"] != told:
                told, began = str(shown["step"]), time.monotonic()
                say(f"  {told}: {_sentence(shown)}")
            self._deploy(_waiting_for_deploy(shown))
            shown = self._paused(told, began, retry=retry)
            retry = False
            if shown["error"]:
                raise StoppedError(f"{shown['step']}: {shown['error']}; call it again to retry")
        if shown["status"] == "finished":
            say(f"upgraded to {_said(shown['target'])}")

    def _paused(self, step: str, began: float, *, retry: bool = False) -> dict[str, Any]:
        """Advance; if that changed nothing, wait a moment."""
        if time.monotonic() - began > self.patience:
            raise StoppedError(f"{step} takes longer than {self.patience:.0f} s: see GET /upgrade")
        try:
            shown: dict[str, Any] = self.door.post("upgrade/advance", {"retry": retry})
        except ApiError as error:
            if error.status != 409:  # noqa: PLR2004 - somebody else went on with it
                raise
            shown = self.look()
        if shown["inProgress"] and shown["step"] == step:
            self._tell(shown, began)
            time.sleep(LOOK_SECONDS)
        elif step not in ("abort",):
            say(f"    {time.monotonic() - began:.1f} s")
        return shown

    def _tell(self, shown: dict[str, Any], began: float) -> None:
        waits = shown["waitsFor"] or ""
        if shown["step"] in ("migrate", "verify"):
            waits += f" ({shown['migration']['percent']} %)"
        say(f"    {time.monotonic() - began:4.0f} s: {waits}")

    def _deploy(self, nodes: Sequence[Shown]) -> None:
        for one in (one for one in nodes if one["name"] not in self.deployed):
            name, region = one["name"], one.get("region") or ""  # older nodes do not say
            self.deployed.add(name)
            say(f"    deploying {VERSION} to {name}{region and ' in '}{region}")
            self.place.deploy(name, region)

    def _demand_target(self) -> None:
        shown = self.look()
        if not self._is_own(shown["target"]):
            own = _said({"version": VERSION, "schema": SCHEMA})
            raise StoppedError(f"the upgrade goes to {_said(shown['target'])}, this is {own}")

    def _asked(self) -> dict[str, Any]:
        return {"version": VERSION, "schema": SCHEMA, "firstNode": self.first}

    @staticmethod
    def _is_own(code: dict[str, Any]) -> bool:
        return (code["version"], code["schema"]) == (VERSION, SCHEMA)


def _waiting_for_deploy(shown: Shown) -> list[Shown]:
    """The node that the step at hand waits for: one at a time."""
    older = [one for one in shown["nodes"] if not one["upgraded"]]
    if shown["step"] == "deploy":
        return [one for one in older if one["role"] == "first"]
    return older[:1] if shown["step"] == "roll" else []


def _sentence(shown: dict[str, Any]) -> str:
    return next(str(one["sentence"]) for one in shown["steps"] if one["name"] == shown["step"])


def _said(code: dict[str, Any]) -> str:
    return f"{code['version']} (schema {code['schema']})"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        place: Place = LocalRun.at(given.local) if given.local else Aws(given.cluster)
        operator = Operator(place, Door(place.urls(), place.token()), given.stage, given.patience)
        return _run(operator, given)
    except (StoppedError, NoPlaceError) as error:
        say(f"stopped: {error}")
        return 1
    except (ApiError, *FAILURES) as error:
        say(f"interrupted, call it again to go on: {error}")
        return 2


def _run(operator: Operator, given: argparse.Namespace) -> int:
    if given.dry_run or given.step == "check":
        problems = operator.check()
        for one in problems or ["nothing is in the way"]:
            say(one)
        if not problems and given.dry_run:
            for line in operator.look()["next"]:
                say(f"  {line}")
        return 1 if problems else 0
    if given.step == "abort":
        operator.abort()
    else:
        operator.upgrade(UNTIL[given.step or "finish"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.upgrade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stage", required=True, help="the node that is upgraded first")
    parser.add_argument("--cluster", default="demo", help="default: demo")
    parser.add_argument(
        "--step",
        default="",
        choices=["", *UNTIL, "abort"],
        help="up to and with that step (default: all); abort takes the upgrade back",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what is in the way")
    parser.add_argument("--local", default="", help="a local run, by its state directory")
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for a step")
    return parser


if __name__ == "__main__":
    sys.exit(main())
