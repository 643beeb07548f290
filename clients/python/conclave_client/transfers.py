"""`conclave import` and `conclave export`, as what they do, step by step."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conclave_client.client import Client
from conclave_client.errors import Refused

FORMATS = {".csv": "csv", ".xml": "xml", ".kdbx": "kdbx", ".json": "bitwarden"}
Say = Callable[[str], None]


def format_of(file: Path) -> str:
    """By the name's end. ValueError for one that tells nothing."""
    try:
        return FORMATS[file.suffix.lower()]
    except KeyError:
        raise ValueError(
            f"{file.name}: say --format, one of {', '.join(FORMATS.values())}"
        ) from None


def told(found: Any, say: Say) -> None:
    """What an import would do."""
    say(f"{found['secretCount']} secrets, {found['folderCount']} new folders")
    for one in found["errors"]:
        say(f"{one['place']}: {one['name']}: {one['errorMessage']}")
    if found["errorCount"]:
        say(f"{found['errorCount']} cannot be imported")


def finished(client: Client, operation: str, say: Say, pause: float = 1) -> bool:
    """Wait for an operation's end; whether all of it was done."""
    while not (found := client.progress(operation))["isComplete"]:
        time.sleep(pause)
    for one in found["errors"]:
        say(f"{one['itemName']}: {one['errorMessage']}")
    say(found["statusMessage"])
    return not found["errors"]


def ready(client: Client, job: str, say: Say, pause: float = 1) -> None:
    """Wait until an export can be fetched. Raises Refused when it will not be."""
    before = ""
    while (status := (found := client.export_details(job))["status"]) in ("waiting", "running"):
        if status == "waiting" != before:
            say(f"{job}: it waits for a second person")
        before = status
        time.sleep(pause)
    if status != "ready":
        raise Refused(f"the export is {status}")
    for one in found["leftOut"]:
        say(f"left out: {one['itemName']}: {one['errorMessage']}")


def keep(file: Path, content: bytes) -> None:
    """A new file, for its owner alone. ValueError when there is one."""
    try:
        there = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    with os.fdopen(there, "wb") as out:
        out.write(content)
