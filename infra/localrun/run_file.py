"""`run.json` in the state directory: the facts of a run for scripts, there while it runs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.localrun.admin import Admin
from infra.localrun.generations import write_whole
from infra.localrun.settings import Settings


def facts(settings: Settings, admin: Admin, pids: Mapping[str, int]) -> dict[str, Any]:
    nodes = [{"name": name, "base_url": settings.base_url(name)} for name in settings.names]
    found: dict[str, Any] = {"nodes": nodes, "username": admin.username}
    if admin.password:
        found["password"] = admin.password
    return {**found, "aws_endpoint_url": settings.aws_url, "pids": dict(pids)}


def write(state: Path, content: Mapping[str, Any]) -> None:
    """Readable by its owner only; replaces a stale one."""
    write_whole(state / "run.json", json.dumps(content, indent=2) + "\n")


def remove(state: Path) -> None:
    (state / "run.json").unlink(missing_ok=True)
