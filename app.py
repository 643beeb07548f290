"""Names the app and mounts what Lambda calls: endpoints, worker functions and the agent. No logic.

Lambda finds each function as an attribute of this module. `chalicelib.cluster.functions` is the
table that says what feeds each of them; heavy modules load in the function that needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice

from chalicelib.core.log import in_our_words
from chalicelib.web.serve import serve

app = serve(Chalice(app_name="conclave", configure_logs=False))


def _work(function: str, event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    from chalicelib.worker import run

    with in_our_words(function):
        return run(function, event, context)


@app.lambda_function()
def background(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("background", event, context)


@app.lambda_function()
def background_now(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("background_now", event, context)


@app.lambda_function()
def web(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("web", event, context)


@app.lambda_function()
def engine_response(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("engine_response", event, context)


@app.lambda_function()
def recording(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("recording", event, context)


@app.lambda_function()
def digest(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("digest", event, context)


@app.lambda_function()
def local(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("local", event, context)


@app.lambda_function()
def local_now(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("local_now", event, context)


@app.lambda_function()
def key_rotation(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return _work("key_rotation", event, context)


def agent(event: Mapping[str, Any], context: Any) -> None:
    """Every minute, and whenever somebody wakes it with an event of any form."""
    from chalicelib import wiring

    with in_our_words("agent"):
        wiring.agent().run()


app.schedule("rate(1 minute)")(agent)  # unlike the decorator, this leaves `agent` as it is
