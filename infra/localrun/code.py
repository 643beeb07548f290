"""Which checkout each node of a local run is to run: what deploying is on AWS. Standard library."""

import json
from pathlib import Path

from infra.localrun.generations import write_whole
from infra.localrun.settings import ROOT


def wish(state: Path, node: str, checkout: Path) -> None:
    """Have the launcher run that node from that checkout. May be repeated."""
    write_whole(state / "code.json", json.dumps({**_wishes(state), node: str(checkout)}))


def checkout_of(state: Path, node: str) -> Path:
    """The checkout that a node is to run from: the launcher's own unless somebody wished."""
    wished = Path(_wishes(state).get(node, str(ROOT)))
    return wished if (wished / "app.py").exists() else ROOT


def _wishes(state: Path) -> dict[str, str]:
    path = state / "code.json"
    wishes: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return wishes
