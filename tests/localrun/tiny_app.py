"""A small Chalice app for the local run's own tests: echoes, and workers that take notes."""

import json
import os
import time
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Rate, Request, Response

app = Chalice(app_name="conclave")
app.api.binary_types = ["*/*"]
METHODS = ["GET", "POST"]
TYPES = ["*/*", "application/json"]


@app.route("/echo/{word}", methods=METHODS, content_types=TYPES)
def echo(word: str) -> Response:
    before = _request().headers.get("x-word", "")
    time.sleep(0.01)
    request = _request()
    event = request.to_original_event()
    value = {
        "word": word,
        "before": before,
        "after": request.headers.get("x-word", ""),
        "size": len(request.raw_body),
        "query": event["multiValueQueryStringParameters"],
        "context": event["requestContext"],
        "forwarded": request.headers["x-forwarded-for"],
        "remaining": app.lambda_context.get_remaining_time_in_millis(),
    }
    return Response(json.dumps(value).encode(), headers={"Content-Type": "application/json"})


@app.route("/raise")
def fail() -> None:
    raise SystemError("a bug")


@app.lambda_function()
def background(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Fails the records whose body says so."""
    failed = []
    for record in event["Records"]:
        _note("background", record["body"])
        if record["body"].startswith("fail"):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


@app.lambda_function()
def web(event: dict[str, Any], context: Any) -> dict[str, Any]:
    _note("web", json.dumps(event))
    return {"echoed": event, "name": context.function_name}


@app.schedule(Rate(1, unit=Rate.MINUTES))
def agent(event: Any) -> None:
    _note("agent", event.source)


def _request() -> Request:
    """The one under way, as Chalice keeps it: read twice above to see requests that cross."""
    assert app.current_request is not None
    return app.current_request


def _note(name: str, text: str) -> None:
    with (Path(os.environ["NOTES"]) / name).open("a") as out:
        out.write(text + "\n")
