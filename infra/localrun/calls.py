"""Invocations on their way to the processes of the nodes, which fetch them by long polling."""

import asyncio
import json
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.localrun.generations import write_whole

_MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation; `answered` tells whether somebody waits for its result."""

    id: str
    function: str
    payload: Any
    answered: bool


@dataclass(slots=True)
class _Box:
    waiting: list[Call] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class Calls:
    """Which node runs which functions (kept in a file), and what each has still to run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.nodes: dict[str, dict[str, int]] = (
            json.loads(path.read_text()) if path.exists() else {}
        )
        self._boxes: dict[str, _Box] = {}
        self._results: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def register(self, node: str, timeouts: dict[str, int]) -> None:
        """The node's functions by full name, each with its time limit in seconds."""
        if self.nodes.get(node) != timeouts:
            self.nodes[node] = timeouts
            write_whole(self._path, json.dumps(self.nodes, indent=1))

    def node_of(self, function: str) -> str | None:
        return next((node for node, names in self.nodes.items() if function in names), None)

    def put(self, function: str, payload: Any) -> None:
        self._send(Call(uuid.uuid4().hex, function, payload, answered=False))

    async def ask(self, function: str, payload: Any, patience: float) -> dict[str, Any]:
        """The result as the node reports it: {"value": …} or {"error": …}."""
        call = Call(uuid.uuid4().hex, function, payload, answered=True)
        future = asyncio.get_running_loop().create_future()
        self._results[call.id] = future
        self._send(call)
        try:
            return await asyncio.wait_for(future, patience)
        except TimeoutError:
            return {"error": f"{function} did not answer in time"}
        finally:
            self._results.pop(call.id, None)

    def settle(self, call_id: str, result: dict[str, Any]) -> None:
        future = self._results.get(call_id)
        if future is not None and not future.done():
            future.set_result(result)

    async def fetch(self, node: str, patience: float) -> list[dict[str, Any]]:
        box = self._box(node)
        if not box.waiting:
            try:
                await asyncio.wait_for(box.arrived.wait(), patience)
            except TimeoutError:
                return []
        taken, box.waiting = box.waiting, []
        box.arrived.clear()
        return [asdict(call) for call in taken]

    def _send(self, call: Call) -> None:
        box = self._box(self.node_of(call.function) or "")
        box.waiting = [*box.waiting, call][-_MOST_WAITING:]
        box.arrived.set()

    def _box(self, node: str) -> _Box:
        return self._boxes.setdefault(node, _Box())
