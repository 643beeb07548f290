"""Puts each node of the run into the cluster, once: later the boxes are the administrator's."""

import json
import time
from pathlib import Path
from typing import Any

from infra.localrun.api import Api
from infra.localrun.generations import write_whole

_ALL_ON = {
    "inCluster": True,
    "enableBackgroundWorker": True,
    "enableEngineWorker": True,
    "enableSessionRecordingWorker": True,
    "readonlyModeEnabled": False,
}


def still_to_join(names: list[str], state: Path) -> list[str]:
    joined = _joined(state)
    return [name for name in names if name not in joined]


def join(api: Api, names: list[str], state: Path, patience: float = 30.0) -> None:
    """Turn on all boxes of the named nodes, as soon as their agents have shown them."""
    for name in names:
        node = _node(api, name, time.monotonic() + patience)
        if not node["inCluster"]:  # not the first: it makes the cluster
            api.post("nodes/enable-clustering", {})
        if not all(node.get(box) == on for box, on in _ALL_ON.items()):
            api.post(f"nodes/{node['nodeId']}/configuration", _ALL_ON)
        write_whole(state / "joined.json", json.dumps([*_joined(state), name]))


def _node(api: Api, name: str, deadline: float) -> dict[str, Any]:
    while True:
        for node in api.get("nodes"):
            if node["machineName"] == name:
                found: dict[str, Any] = node
                return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not appear among the nodes")
        time.sleep(0.2)


def _joined(state: Path) -> list[str]:
    path = state / "joined.json"
    names: list[str] = json.loads(path.read_text()) if path.exists() else []
    return names
