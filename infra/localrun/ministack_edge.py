"""The only file that touches ministack's insides; `selftest` proves at start that they work."""

import importlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.localrun.exchange import App

REGION = "us-east-1"
TABLES = "dynamodb"
QUEUES = "sqs"
FUNCTIONS = "lambda"
_MUST_BE_SAVED = {TABLES, QUEUES, "kms", "scheduler", "ssm", "iam", "s3", "cloudformation"}


class EmulatorUnfitError(Exception):
    """This version of the emulator does not keep state as the local run needs it."""


def prepare(port: int, root: Path) -> None:
    """Ministack reads its environment once, when it is imported: this comes before."""
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "GATEWAY_PORT": str(port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(root),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(root / "objects"),
            "LAMBDA_EXECUTOR": "local",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
    )


def load(folder: Path | None) -> App:
    """Ministack's ASGI app, told where its last state lies, with its own schedule firing off.

    The local run fires schedules itself: ministack ignores time zones and fills in no
    context attributes.
    """
    app: Any = importlib.import_module("ministack.app")
    persistence: Any = importlib.import_module("ministack.core.persistence")
    scheduler: Any = importlib.import_module("ministack.services.scheduler")
    scheduler.start_scheduler = _no_firing
    persistence.STATE_DIR = str(folder) if folder else os.devnull
    logging.getLogger("persistence").setLevel(logging.WARNING)
    loaded: App = app.app
    return loaded


def fires_by_itself() -> bool:
    """Whether ministack's own thread for schedules runs, which `load` has switched off."""
    scheduler: Any = importlib.import_module("ministack.services.scheduler")
    return scheduler._ticker_thread is not None


def save(folder: Path, chosen: Callable[[str], bool]) -> None:
    """Write the chosen services' states into the folder; raise unless each was really written.

    Ministack's own `save_all` logs a failure and goes on.
    """
    app: Any = importlib.import_module("ministack.app")
    persistence: Any = importlib.import_module("ministack.core.persistence")
    persistence.STATE_DIR = str(folder)
    everything: dict[str, Any] = app._build_persistence_save_dict()
    states = {name: state for name, state in everything.items() if chosen(name)}
    checked = [folder / f"{name}.json" for name in sorted(_MUST_BE_SAVED & states.keys())]
    before = [_identity(path) for path in checked]
    persistence.save_all(states)
    for path, old in zip(checked, before, strict=True):
        if _identity(path) in (None, old):
            raise EmulatorUnfitError(f"the emulator did not save {path.name}")


def _identity(path: Path) -> tuple[int, int] | None:
    if not path.exists():
        return None
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def _no_firing() -> None:
    return None


def measure_queues(now: float) -> None:
    """Tell its CloudWatch how old each queue's oldest message is, as AWS measures by itself.

    Dated a moment back: whoever asks now asks for what was measured before.
    """
    cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
    sqs: Any = importlib.import_module("ministack.services.sqs")
    for _, queue in list(sqs._queues.all_items()):
        sent = [one.get("enqueued_at", one["sent_at"]) for one in list(queue["messages"])]
        age = max(0.0, now - min(sent)) if sent else 0.0
        name = {"QueueName": str(queue["name"])}
        cloudwatch._store_datum(
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            name,
            now - 2,
            "Seconds",
            age,
            None,
            None,
            None,
        )
