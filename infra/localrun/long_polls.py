"""Receives that wait for a message without looking: the emulator alone looks ten times a second.

A receive whose caller has gone takes no message: the emulator alone would take one for nobody.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from infra.localrun.exchange import (
    Answer,
    App,
    Receive,
    Request,
    Scope,
    Send,
    ask,
    give,
    read,
)

_LOOK = 3.0  # seconds; for what comes into a queue by no request, as a dead letter does
_LEAST = 0.1  # a message that is there may belong to a group that is being worked on
_PREFIX = b"AmazonSQS."
_FOUND = b"ReceiptHandle"


@dataclass(slots=True, eq=False)
class _Waiting:
    """One receive that waits; `until` is when it is to be answered at the latest."""

    queue: str
    until: float
    called: asyncio.Event = field(default_factory=asyncio.Event)


class LongPolls:
    """An ASGI app around the emulator's. `soonest`: when a queue next has something to receive."""

    def __init__(self, inner: App, soonest: Callable[[str], float | None]) -> None:
        self._inner = inner
        self._soonest = soonest
        self._waiting: set[_Waiting] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_sqs(scope):
            await self._inner(scope, receive, send)
            return
        request = await read(scope, receive)
        if request.operation[1] == "ReceiveMessage" and request.json().get("WaitTimeSeconds"):
            answer = await self._receive(scope, request, receive)
        else:
            answer = await ask(self._inner, scope, request.body)
            self._call(_queue(request))
        await give(send, answer)

    def end(self, queue: str) -> None:
        """Have the receives that wait for this queue answered now, with nothing."""
        for one in self._waiting:
            if one.queue == queue:
                one.until = 0.0
                one.called.set()

    def _call(self, queue: str) -> None:
        for one in self._waiting:
            if one.queue == queue:
                one.called.set()

    async def _receive(self, scope: Scope, request: Request, receive: Receive) -> Answer:
        asked = request.json()
        until = time.time() + float(asked["WaitTimeSeconds"])
        at_once = replace(request, body=json.dumps({**asked, "WaitTimeSeconds": 0}).encode())
        gone = asyncio.ensure_future(receive())
        try:
            with self._listed(_Waiting(_queue(request), until)) as waiting:
                while True:
                    waiting.called.clear()
                    answer = await ask(self._inner, scope, at_once.body)
                    if answer.status != 200 or _FOUND in answer.body:
                        return answer
                    if not await self._comes(waiting, gone):
                        return answer
        finally:
            gone.cancel()

    @contextmanager
    def _listed(self, waiting: _Waiting) -> Iterator[_Waiting]:
        self._waiting.add(waiting)
        try:
            yield waiting
        finally:
            self._waiting.discard(waiting)

    async def _comes(self, waiting: _Waiting, gone: "asyncio.Future[Any]") -> bool:
        """Wait; whether there may be a message now, rather than nobody who wants one."""
        least = time.time() + _LEAST
        while not gone.done() and (now := time.time()) < waiting.until:
            due = self._soonest(waiting.queue)
            if waiting.called.is_set() or (due is not None and max(due, least) <= now):
                return True
            pause = min(waiting.until, now + _LOOK, max(due, least) if due else now + _LOOK) - now
            await _first(gone, waiting.called, pause)
        return False


async def _first(gone: "asyncio.Future[Any]", called: asyncio.Event, pause: float) -> None:
    call = asyncio.ensure_future(called.wait())
    try:
        await asyncio.wait((gone, call), timeout=pause, return_when=asyncio.FIRST_COMPLETED)
    finally:
        call.cancel()


def _is_sqs(scope: Scope) -> bool:
    return any(
        name.lower() == b"x-amz-target" and value.startswith(_PREFIX)
        for name, value in scope["headers"]
    )


def _queue(request: Request) -> str:
    return str(request.json().get("QueueUrl", "")).rsplit("/", 1)[-1]
