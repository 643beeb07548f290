"""Serves an ASGI app on loopback until told to stop: the emulator's front.

What parses requests is written in C: a call costs the emulator half of what it did in Python.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """One that leaves the process's signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serving(app: Any, port: int, stopped: asyncio.Event) -> None:
    """Answer requests until `stopped`; returns when what was begun has been answered."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    end = asyncio.create_task(stopped.wait())
    await asyncio.wait([task, end], return_when=asyncio.FIRST_COMPLETED)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it names each poll that it ends
    server.should_exit = True
    await task
    end.cancel()
