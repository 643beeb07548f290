"""Answers the Lambda API for the nodes of the local run, which are processes and not functions.

Mappings are kept and shown as AWS does; the pollers of the nodes obey them, and wait here for their
changes. An invocation is passed on to the process of the node that has the function.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from infra.localrun.calls import Calls
from infra.localrun.changes import Changes
from infra.localrun.exchange import (
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    error_answer,
    give,
    json_answer,
    read,
)
from infra.localrun.long_polls import LongPolls
from infra.localrun.mapping import (
    SETTLING,
    Mapping,
    MappingExistsError,
    MappingInUseError,
    Mappings,
    UnknownMappingError,
)
from infra.localrun.ministack_edge import REGION

ACCOUNT = "000000000000"
_FOLLOWED = 0.5  # seconds after which the pollers of a mapping that has settled obey it
_ROOT = "/2015-03-31"
_REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    UnknownMappingError: (
        404,
        "ResourceNotFoundException",
        "This mapping does not exist.",
    ),
    MappingInUseError: (
        400,
        "ResourceInUseException",
        "Cannot update the event source mapping because it is in use.",
    ),
    MappingExistsError: (
        409,
        "ResourceConflictException",
        "An event source mapping with this function and event source already exists.",
    ),
}
_Handler = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class LambdaShim:
    inner: LongPolls
    mappings: Mappings
    calls: Calls
    changes: Changes = field(default_factory=Changes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler, found = self._handler(scope)
        if handler is None or found is None:
            await self.inner(scope, receive, send)
            return
        request = await read(scope, receive)
        try:
            answer = await handler(request, *found.groups())
        except tuple(_REFUSALS) as error:
            answer = error_answer(*_REFUSALS[type(error)])
        await give(send, answer)

    def _handler(self, scope: Scope) -> tuple[_Handler | None, re.Match[str] | None]:
        if scope["type"] != "http" or not scope["path"].startswith((_ROOT, "/_local")):
            return None, None
        for method, pattern, handler in self._routes():
            found = re.fullmatch(pattern, scope["path"])
            if method == scope["method"] and found:
                return handler, found
        return None, None

    def _routes(self) -> tuple[tuple[str, str, _Handler], ...]:
        mappings, functions = f"{_ROOT}/event-source-mappings", f"{_ROOT}/functions"
        return (
            ("POST", f"{mappings}/?", self._create),
            ("GET", f"{mappings}/?", self._list),
            ("GET", f"{mappings}/([^/]+)", self._get),
            ("PUT", f"{mappings}/([^/]+)", self._update),
            ("DELETE", f"{mappings}/([^/]+)", self._delete),
            ("GET", f"{functions}/?", self._functions),
            ("GET", f"{functions}/([^/]+)(/configuration)?", self._function),
            ("POST", f"{functions}/([^/]+)/invocations", self._invoke),
            ("GET", "/_local/mappings", self._changed),
            ("PUT", "/_local/nodes/([^/]+)", self._register),
            ("GET", "/_local/nodes/([^/]+)/calls", self._fetch),
            ("POST", "/_local/calls/([^/]+)", self._settle),
        )

    async def _create(self, request: Request) -> Answer:
        asked = request.json()
        name = _name(asked.get("FunctionName", ""))
        if self.calls.node_of(name) is None:
            return _no_function(name)
        return self._told(self.mappings.create(_arn(name), asked))

    async def _list(self, request: Request) -> Answer:
        named = request.query.get("FunctionName", "")
        found = self.mappings.of(
            request.query.get("EventSourceArn", ""), _arn(_name(named)) if named else ""
        )
        first = int(request.query.get("Marker") or 0)
        last = first + int(request.query.get("MaxItems") or 100)
        page: dict[str, Any] = {
            "EventSourceMappings": [self.mappings.show(mapping) for mapping in found[first:last]]
        }
        if last < len(found):
            page["NextMarker"] = str(last)
        return json_answer(200, page)

    async def _get(self, request: Request, mapping_id: str) -> Answer:
        return json_answer(200, self.mappings.show(self.mappings.get(mapping_id)))

    async def _update(self, request: Request, mapping_id: str) -> Answer:
        return self._told(self.mappings.update(mapping_id, request.json()))

    async def _delete(self, request: Request, mapping_id: str) -> Answer:
        return self._told(self.mappings.delete(mapping_id))

    def _told(self, mapping: Mapping) -> Answer:
        """Nodes look when it has settled; receives that belong to what it was are then ended."""
        loop, queue = asyncio.get_running_loop(), mapping.queue_arn.rsplit(":", 1)[-1]
        loop.call_later(SETTLING, self.changes.note)
        loop.call_later(SETTLING + _FOLLOWED, self.inner.end, queue)
        return json_answer(202, self.mappings.show(mapping))

    async def _changed(self, request: Request) -> Answer:
        seen, patience = (float(request.query.get(name, "0")) for name in ("seen", "wait"))
        return json_answer(200, {"changes": await self.changes.after(int(seen), patience)})

    async def _functions(self, request: Request) -> Answer:
        names = [name for timeouts in self.calls.nodes.values() for name in sorted(timeouts)]
        return json_answer(200, {"Functions": [self._configuration(name) for name in names]})

    async def _function(self, request: Request, function: str, only: str | None) -> Answer:
        name = _name(function)
        if self.calls.node_of(name) is None:
            return _no_function(name)
        shown = self._configuration(name)
        return json_answer(200, shown if only else {"Configuration": shown, "Tags": {}})

    async def _invoke(self, request: Request, function: str) -> Answer:
        name = _name(function)
        node = self.calls.node_of(name)
        if node is None:
            return _no_function(name)
        payload = json.loads(request.body or b"{}")
        if request.headers.get("x-amz-invocation-type") == "Event":
            self.calls.put(name, payload)
            return Answer(202)
        result = await self.calls.ask(name, payload, self.calls.nodes[node][name])
        if "error" in result:
            failure = {"errorMessage": result["error"], "errorType": "Error"}
            return json_answer(200, failure, (b"x-amz-function-error", b"Unhandled"))
        return json_answer(200, result.get("value"))

    async def _register(self, request: Request, node: str) -> Answer:
        self.calls.register(node, request.json())
        return json_answer(200, {})

    async def _fetch(self, request: Request, node: str) -> Answer:
        patience = float(request.query.get("wait", "20"))
        return json_answer(200, {"calls": await self.calls.fetch(node, patience)})

    async def _settle(self, request: Request, call_id: str) -> Answer:
        self.calls.settle(call_id, request.json())
        return json_answer(200, {})

    def _configuration(self, name: str) -> dict[str, Any]:
        node = self.calls.node_of(name) or ""
        modified = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
        return {
            "FunctionName": name,
            "FunctionArn": _arn(name),
            "Runtime": "python3.11",
            "Handler": "app.app",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "Timeout": self.calls.nodes[node][name],
            "MemorySize": 512,
            "LastModified": modified,
            "Version": "$LATEST",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Environment": {"Variables": {"NODE": node}},
        }


def _name(function: str) -> str:
    return function.rsplit(":function:", maxsplit=1)[-1].split(":", maxsplit=1)[0]


def _arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _no_function(name: str) -> Answer:
    return error_answer(404, "ResourceNotFoundException", f"Function not found: {_arn(name)}")
