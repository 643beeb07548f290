"""Makes the emulator keep what it acknowledges: journal, replay and saved states around its app."""

import asyncio
import contextlib
import logging
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from infra.localrun import ministack_edge as edge
from infra.localrun.effects import Effect, effect_of, state_touched
from infra.localrun.exchange import (
    Answer,
    App,
    Receive,
    Request,
    Scope,
    Send,
    ask,
    for_programs,
    give,
    read,
)
from infra.localrun.generations import Generation, Generations, flush
from infra.localrun.journal import Entry, Journal, entries, saved_mark
from infra.localrun.replay import Replay
from infra.localrun.selftest import SelfTest

log = logging.getLogger(__name__)
_KEPT_HEADERS = ("x-amz-target", "content-type", "authorization")
_COMPACT_AT = 8 * 1024 * 1024  # replayed within some seconds; and not before rows have doubled
_TOKEN_LIFE = 600.0
_MEASURED_EVERY = 30.0
_LARGE = (edge.TABLES, edge.QUEUES, edge.FUNCTIONS)


@dataclass(frozen=True, slots=True)
class _Kept:
    generation: Generation
    journal: Journal


class Durable:
    """An ASGI app around ministack's: acknowledges a write only when it would survive `kill -9`."""

    def __init__(self, generations: Generations, inner: App) -> None:
        self._generations = generations
        self._inner = inner
        self._kept: _Kept | None = None
        self._messages_changed = False
        self._stack_running = False
        self._tokens: dict[str, float] = {}
        self._saver: asyncio.Task[None] | None = None
        self._test = SelfTest("")
        self._measured_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            await self._serve(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read(scope, receive)
        if b"/monitoring/" in dict(scope["headers"]).get(b"authorization", b""):
            self._measure()
        answer = await ask(self._inner, scope, request.body)
        kept = await self._keep(request, answer)
        await give(send, for_programs(kept) if "x-amz-target" in request.headers else kept)

    def _measure(self) -> None:
        """What somebody asks CloudWatch about queues is measured then, at most twice a minute."""
        now = time.time()
        if now - self._measured_at > _MEASURED_EVERY:
            self._measured_at = now
            edge.measure_queues(now)

    async def _keep(self, request: Request, answer: Answer) -> Answer:
        effect = effect_of(request)
        if effect in (Effect.ITEMS, Effect.SENT) and answer.status < 300:
            self._messages_changed = self._messages_changed or effect is Effect.SENT
            await self._journal(request)
        elif effect is Effect.MESSAGES:
            self._note_messages(request, answer)
        elif effect is Effect.STACK:
            self._stack_running = True
        elif self._stack_running and request.operation[1] == "DescribeStacks":
            self._stack_running = b"IN_PROGRESS" in answer.body
            if not self._stack_running:
                self.save_all()
        elif answer.status < 300:
            await self._save(effect, request)
        return answer

    async def _save(self, effect: Effect, request: Request) -> None:
        if effect is Effect.WHOLE:
            self.save_journalled()
        elif effect is Effect.QUEUES:
            await self.save_messages()
        elif effect is Effect.SMALL:
            self._save_small(request)

    def _save_small(self, request: Request) -> None:
        """Lambda's state holds the functions' code: too much to write with every other call."""
        touched = state_touched(request)
        is_lambda = request.path.startswith("/20")  # paths of its API begin with a date
        spared = {edge.TABLES, edge.QUEUES} if is_lambda else {*_LARGE}
        folder = self._now.generation.folder
        edge.save(folder, lambda name: name == touched if touched else name not in spared)

    def _note_messages(self, request: Request, answer: Answer) -> None:
        """A receive that found nothing has changed nothing."""
        idle = request.operation[1] == "ReceiveMessage" and b"ReceiptHandle" not in answer.body
        self._messages_changed = self._messages_changed or not idle

    async def _journal(self, request: Request) -> None:
        journal = self._now.journal
        if not self._is_repeat(request):
            headers = {name: request.headers.get(name, "") for name in _KEPT_HEADERS}
            body = request.body.decode("utf-8", "surrogateescape")
            journal.append(Entry(headers, body, time.time()))
            if journal.size > max(_COMPACT_AT, self._now.generation.rows_size):
                self.save_journalled()
        await journal.flush()

    def _is_repeat(self, request: Request) -> bool:
        """A transaction sent again with the same token was acknowledged without being applied."""
        if request.operation[1] != "TransactWriteItems":
            return False
        token = request.json().get("ClientRequestToken")
        if not token:
            return False
        now = time.monotonic()
        while self._tokens and now - next(iter(self._tokens.values())) >= _TOKEN_LIFE:
            del self._tokens[next(iter(self._tokens))]  # the oldest comes first
        return self._tokens.setdefault(token, now) != now

    @property
    def _now(self) -> _Kept:
        if self._kept is None:
            raise RuntimeError("the emulator has not started")
        return self._kept

    async def save_messages(self) -> None:
        """The queues as they are; the journal learns which sends it need not repeat."""
        self._messages_changed = False
        kept, lines = self._now, self._now.journal.lines
        folder = kept.generation.folder
        edge.save(folder, lambda name: name == edge.QUEUES)
        with contextlib.suppress(FileNotFoundError):  # a later generation holds all of it
            await asyncio.to_thread(flush, folder / f"{edge.QUEUES}.json")
            await asyncio.to_thread(flush, folder)
        if kept is self._now and lines:
            kept.journal.append(saved_mark(lines, time.time()))

    def save_all(self) -> None:
        begun = self._generations.begin(self._test.mark)
        edge.save(begun.folder, lambda name: True)
        self._begin(begun)
        self._messages_changed = False

    def save_journalled(self) -> None:
        """All that the journal holds; the other states are what they were when last saved."""
        begun = self._generations.begin(self._test.mark, inherit=True)
        edge.save(begun.folder, lambda name: name in (edge.TABLES, edge.QUEUES))
        self._begin(begun)
        self._messages_changed = False

    def _begin(self, begun: Generation) -> None:
        """A new generation with an empty journal; the old one stays until the new one counts."""
        self._test.check_saved(begun.folder)
        journal = Journal(begun.journal)
        self._generations.commit(begun)
        if self._kept is not None:
            self._kept.journal.retire()
        self._kept = _Kept(begun, journal)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(event: MutableMapping[str, Any]) -> None:
            if event["type"] == "lifespan.startup.complete":
                event = await self._recovered(event)
            await send(event)

        async def receiving() -> MutableMapping[str, Any]:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                await self._stop()
            return event

        await self._inner(scope, receiving, sending)

    async def _recovered(self, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The server takes an exception for "no lifespan here" and would serve on: so say no."""
        try:
            await self._recover()
        except Exception as error:  # said to the server, which ends and says it on
            log.exception("the saved state cannot be used")
            return {"type": "lifespan.startup.failed", "message": str(error)}
        return event

    async def _recover(self) -> None:
        before = self._generations.current()
        if before is not None:
            await SelfTest(before.mark).check_loaded(self._inner)
            await Replay(self._inner).run(entries(before.journal))
        self._test = await SelfTest.begin(self._inner)
        self.save_all()
        self._saver = asyncio.create_task(self._save_messages_soon())

    async def _stop(self) -> None:
        if self._saver is not None:
            self._saver.cancel()
        if self._kept is not None:
            self.save_all()

    async def _save_messages_soon(self) -> None:
        """So that few messages come again after a kill; at a tenth of the time at most."""
        pause = 0.25
        while True:
            await asyncio.sleep(pause)
            if self._messages_changed:
                begun = time.monotonic()
                try:
                    await self.save_messages()
                except Exception:  # the next turn may succeed: the journal has what was sent
                    log.exception("the queues could not be saved")
                pause = max(0.25, 10 * (time.monotonic() - begun))
