"""Ministack as it comes, which also runs the packaged functions; with four gaps closed.

It writes down what IAM would be asked for each request of a function: see attempts.py.

The local run's journalled emulator saves every function's code at each change: too slow here.
Ministack refuses to import a REST API a second time, and its scheduler leaves the scheduled time
unfilled: the first is answered here, the second is switched off. And it unpacks the same package,
to be compiled anew, for every function that starts: here they share one, as they may only read it.
And it runs them on its own Python: here they have one without packages, as on AWS.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.localrun.serving import serving
from tests.journeys.attempts import Asked, attempts, function_in

ROOT = Path(__file__).resolve().parents[2]
SEEN = "attempts.jsonl"


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """The emulator as a process; yields its URL."""
    from infra.localrun.answering import wait_for

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
    }
    for name in ("AWS_ENDPOINT_URL", "PYTHONPATH"):
        environment.pop(name, None)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ministack.log").open("ab") as log:
        words = [
            sys.executable,
            "-m",
            "tests.journeys.bare_ministack",
            str(port),
            str(folder / SEEN),
        ]
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}", alive=lambda: process.poll() is None)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


async def serve(port: int, seen: Path) -> None:
    from ministack import app
    from ministack.services import scheduler

    scheduler.start_scheduler = lambda: None
    _share_packages(seen.parent / "packages")
    _run_on_bare_python(seen.parent / "python")
    await serving(_Witness(_Again(app.app), seen), port, asyncio.Event())


def _share_packages(folder: Path) -> None:
    """Unpack one package once, into a folder of its own; who unpacks it again gets a link there."""
    unpack, one_at_a_time = zipfile.ZipFile.extractall, threading.Lock()

    def shared(package: zipfile.ZipFile, path: Any = None, *words: Any) -> None:
        content = repr([(one.filename, one.CRC) for one in package.infolist()])
        place = folder / hashlib.sha256(content.encode()).hexdigest()
        with one_at_a_time:
            if not place.exists():
                unpack(package, place)
        Path(path).rmdir()
        Path(path).symlink_to(place)

    zipfile.ZipFile.extractall = shared  # type: ignore[method-assign, assignment]


def _run_on_bare_python(program: Path) -> None:
    """A function can import what it brings, and what its layer does; nothing else."""
    from ministack.core import lambda_runtime

    program.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" -S "$@"\n')  # type: ignore[attr-defined]
    program.chmod(0o755)
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    lambda_runtime._detect_runtime_binary = lambda runtime: (str(program), script)


class _Witness:
    """Writes down what each function's requests need; no values, only actions and places."""

    def __init__(self, inner: Any, seen: Path) -> None:
        self._inner, self._seen = inner, seen

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {
            name.decode().lower(): value.decode() for name, value in scope.get("headers", [])
        }
        function = function_in(headers.get("user-agent", ""))
        if scope["type"] != "http" or not function:
            await self._inner(scope, receive, send)
            return
        events = [await receive()]
        while events[-1].get("more_body"):
            events.append(await receive())
        asked = Asked(
            function=function,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode(),
            target=headers.get("x-amz-target", ""),
            body=b"".join(one.get("body", b"") for one in events),
        )
        with self._seen.open("a") as lines:
            for one in attempts(asked):
                lines.write(json.dumps({"function": function, **asdict(one)}) + "\n")

        async def again() -> Any:
            return events.pop(0) if events else await receive()

        await self._inner(scope, again, send)


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
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
