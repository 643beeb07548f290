"""The only file that touches ministack's insides; `selftest` proves at start that they work."""

import importlib
import json
import logging
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from email.utils import formatdate
from functools import cache, partial
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from infra.localrun.exchange import Answer, App, Receive, Scope, Send, give, read

log = logging.getLogger(__name__)

REGION = "us-east-1"
TABLES = "dynamodb"
QUEUES = "sqs"
FUNCTIONS = "lambda"
_ROWS = b"DynamoDB_20120810."
_MUST_BE_SAVED = {TABLES, QUEUES, "kms", "scheduler", "ssm", "iam", "s3", "cloudformation"}


class EmulatorUnfitError(Exception):
    """This version of the emulator does not keep state as the local run needs it."""


def prepare(port: int, root: Path) -> None:
    """Ministack reads its environment once, when it is imported: this comes before."""
    sys.modules.setdefault("docker", None)  # type: ignore[arg-type]  # no container is ever asked for
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
    responses: Any = importlib.import_module("ministack.core.responses")
    scheduler.start_scheduler = _no_firing
    app.save_all = _no_saving
    responses._service_model = cache(partial(_service_model, responses._BOTOCORE_NAME))
    persistence.STATE_DIR = str(folder) if folder else os.devnull
    return _straight_to_tables(app.app)


def _straight_to_tables(app: App) -> App:
    """The app, which asks about rows without a detour.

    Ministack asks each request first whether it is one of a dozen others; for a row that takes
    about as long as the row.
    """
    tables: Any = importlib.import_module("ministack.services.dynamodb")
    router: Any = importlib.import_module("ministack.core.router")
    responses: Any = importlib.import_module("ministack.core.responses")

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        if not any(value.startswith(_ROWS) for _, value in scope.get("headers", ())):
            await app(scope, receive, send)
            return
        request = await read(scope, receive)
        if key := router.extract_access_key_id(request.headers):
            responses.set_request_account_id(key)
        responses.set_request_region(router.extract_region(request.headers))
        status, told, body = await tables.handle_request(
            request.method, request.path, request.headers, request.body, {}
        )
        told = {**told, "x-amzn-requestid": str(uuid.uuid4()), "date": formatdate(usegmt=True)}
        headers = [(name.encode(), str(value).encode()) for name, value in told.items()]
        await give(send, Answer(status, headers, body))

    return straight


def fires_by_itself() -> bool:
    """Whether ministack's own thread for schedules runs, which `load` has switched off."""
    scheduler: Any = importlib.import_module("ministack.services.scheduler")
    return scheduler._ticker_thread is not None


def save(folder: Path, chosen: Callable[[str], bool]) -> None:
    """Write the chosen services' states into the folder; raise unless each was really written.

    The files are ministack's own, which it reads when it starts. Its `save_all` copies all rows
    first and encodes them piece by piece, which takes ten times as long, and it logs a failure and
    goes on.
    """
    app: Any = importlib.import_module("ministack.app")
    everything: dict[str, Any] = app._build_persistence_save_dict()
    for name, get_state in everything.items():
        if not chosen(name):
            continue
        try:
            _write(folder, name, _tables_state if name == TABLES else get_state)
        except Exception as error:
            if name in _MUST_BE_SAVED:
                raise EmulatorUnfitError(f"the emulator did not save {name}: {error}") from error
            log.exception("the emulator did not save %s", name)


def _write(folder: Path, name: str, get_state: Callable[[], Any]) -> None:
    persistence: Any = importlib.import_module("ministack.core.persistence")
    tables: Any = importlib.import_module("ministack.services.dynamodb")
    with tables._lock if name == TABLES else nullcontext():  # its thread removes expired rows
        state = get_state()
        if state is None:
            if name in _MUST_BE_SAVED:
                raise EmulatorUnfitError("it has no state")
            return
        whole = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        text = json.dumps(whole, default=persistence._json_default)
    scratch = folder / f"{name}.json.tmp"
    scratch.write_text(text)
    scratch.replace(folder / f"{name}.json")


def _tables_state() -> Any:
    """What ministack's `get_state` gives, but the rows themselves instead of deep copies."""
    tables: Any = importlib.import_module("ministack.services.dynamodb")
    seen = {**vars(tables), "copy": SimpleNamespace(deepcopy=lambda value: value)}
    return FunctionType(tables.get_state.__code__, seen)()


def _no_firing() -> None:
    return None


def _no_saving(_: object) -> None:
    """`save` has written it all before ministack ends: its own saving would not be read."""


def _service_model(names: Mapping[str, str], service: str) -> Any:
    """What botocore knows of a service, read once a process; None for one unknown to it."""
    from botocore.exceptions import BotoCoreError

    from chalicelib.aws import clients

    try:
        return clients.session().get_service_model(names.get(service, service))
    except BotoCoreError:
        return None


def soonest(name: str) -> float | None:
    """When the queue of that name has a message to receive, past or future; None without any."""
    sqs: Any = importlib.import_module("ministack.services.sqs")
    for _, queue in list(sqs._queues.all_items()):
        if queue["name"] == name:
            moments = [one.get("visible_at", one["sent_at"]) for one in queue["messages"]]
            return min(moments, default=None)
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
