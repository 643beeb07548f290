"""`make node NAME=node-c`: one more node for a local run that runs, until Ctrl-C or the run's end.

It comes as any new node does: as a standby, which works once somebody puts it into the cluster.
"""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from infra.localrun.api import Api
from infra.localrun.aws_api import environment
from infra.localrun.children import Children
from infra.localrun.cluster import apply_stacks, node_child
from infra.localrun.launcher import StoppedError, ignore_ends, stop_at_ends
from infra.localrun.settings import RefusedError, Settings, settings
from infra.progress import say, step

_LOOK = 0.5
_PATIENCE = 60.0
_STANDBY = """It waits as a standby. To put it to work, enable clustering and tick its boxes:
  POST {base_url}/api/v1/nodes/enable-clustering
  POST {base_url}/api/v1/nodes/<its nodeId in GET /api/v1/nodes>/configuration
  {{"inCluster": true, "enableBackgroundWorker": true}}
`make run` with NODES={count} starts it with the others. Ctrl-C stops it."""


@dataclass(frozen=True, slots=True)
class ExtraNode:
    """What is asked for, and the facts of the run that it joins."""

    name: str
    run: Settings
    launcher: int

    @classmethod
    def asked(cls, environ: Mapping[str, str]) -> Self:
        """RefusedError when there is no such run, or no such node can be added to it."""
        state = settings(environ).state
        facts = _facts(state)
        taken = [node["name"] for node in facts["nodes"]]
        name = environ.get("NAME", "")
        most = [f"node-{chr(letter)}" for letter in range(ord("a"), ord("z") + 1)]
        if name not in most or name in taken:
            text = f"NAME={name} is no new node's: {most[len(taken)]} is the next."
            raise RefusedError(text)
        run = Settings(
            nodes=most.index(name) + 1,
            port=_port(facts["nodes"][0]["base_url"]),
            aws_port=_port(facts["aws_endpoint_url"]),
            demo_port=0,
            state=state,
            demo=False,
        )
        return cls(name, run, facts["pids"]["launcher"])

    def check_port(self) -> None:
        port = self.run.port_of(self.name)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise RefusedError(f"Port {port} on 127.0.0.1, which is {self.name}'s, is taken.")

    def serve(self) -> None:
        """Until somebody asks it to end, or the run does."""
        os.environ.update(environment(self.run.aws_url))
        with step(f"making the resources of {self.name} (infra/node.yaml)"):
            apply_stacks([self.name], self.run.cluster)
        children = Children()
        try:
            with step(f"starting {self.name}"):
                children.start(node_child(self.run, self.name))
                Api(self.run.base_url(self.name)).wait(_PATIENCE)
            base_url = self.run.base_url(self.name)
            say(f"{self.name}    {base_url}")
            say(_STANDBY.format(base_url=base_url, count=self.run.nodes))
            while _is_alive(self.launcher):
                time.sleep(_LOOK)
                children.look()
            say("The run has ended.")
        finally:
            ignore_ends()
            children.stop()


def _facts(state: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        facts: dict[str, Any] = json.loads((state / "run.json").read_text())
        if _is_alive(facts["pids"]["launcher"]):
            return facts
    raise RefusedError(f"No local run uses {state}: start one with `make run`.")


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    os.umask(0o077)
    try:
        extra = ExtraNode.asked(os.environ)
        extra.check_port()
    except RefusedError as refusal:
        sys.stderr.write(f"make node: {refusal}\n")
        sys.exit(2)
    stop_at_ends()
    try:
        extra.serve()
    except StoppedError:
        say("\nStopped.")


if __name__ == "__main__":
    main()
