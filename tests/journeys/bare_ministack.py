"""Ministack as it comes, which also runs the packaged functions; with three gaps closed.

The local run's journalled emulator saves every function's code at each change: too slow here.
Ministack refuses to import a REST API a second time, and its scheduler leaves the scheduled time
unfilled: the first is answered here, the second is switched off.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """The emulator as a process; yields its URL."""
    from infra.localrun.emulator import wait_for

    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "0",
        "STATE_DIR": str(folder),
        "S3_DATA_DIR": str(folder / "objects"),
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("AWS_ENDPOINT_URL", None)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ministack.log").open("ab") as log:
        words = [sys.executable, "-m", "tests.journeys.bare_ministack", str(port)]
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}", alive=lambda: process.poll() is None)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


async def serve(port: int) -> None:
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from ministack import app
    from ministack.services import scheduler

    scheduler.start_scheduler = lambda: None
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1
    await hypercorn_serve(_Again(app.app), config)


class _Again:
    """Answers the import of a REST API that exists already: the routes are always the same."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "").strip("/").split("/")
        if scope.get("method") != "PUT" or path[0] != "restapis" or len(path) != 2:
            await self._inner(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        body = json.dumps({"id": path[1], "name": "conclave"}).encode()
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
