"""The journalled emulator of AWS: a thread of the launcher, or a process of its own for tests."""

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvloop

from infra.localrun import ministack_edge as edge
from infra.localrun.answering import EmulatorDiedError, wait_for
from infra.localrun.exchange import App
from infra.localrun.serving import serving

_ROOT = Path(__file__).resolve().parents[2]


def build(root: Path, port: int, *, lambdas: str) -> App:
    """Ministack inside the shims. `lambdas="ministack"` leaves the Lambda API to ministack itself.

    Ministack keeps its state in modules, so a process can hold one emulator only.
    """
    from infra.localrun.generations import Generations

    generations = Generations(root)
    edge.prepare(port, root)
    current = generations.current()
    inner = edge.load(current.folder if current else None)

    from infra.localrun.calls import Calls
    from infra.localrun.durable import Durable
    from infra.localrun.kms_shim import KmsShim, wrapper_in
    from infra.localrun.lambda_shim import LambdaShim
    from infra.localrun.long_polls import LongPolls
    from infra.localrun.mapping import Mappings

    kept = LongPolls(KmsShim(Durable(generations, inner), wrapper_in(root)), edge.soonest)
    if lambdas == "ministack":
        return kept
    return LambdaShim(kept, Mappings(root / "mappings.json"), Calls(root / "functions.json"))


async def serve(root: Path, port: int, stopped: asyncio.Event, *, lambdas: str) -> None:
    await serving(build(root, port, lambdas=lambdas), port, stopped)


class EmbeddedEmulator:
    """The emulator on a thread of this process."""

    def __init__(self, root: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._root, self._port = root, port
        self._loop = uvloop.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        self._thread.start()
        try:
            wait_for(self.url, alive=self._thread.is_alive)
        except EmulatorDiedError as error:
            raise EmulatorDiedError(f"The AWS emulator: {self.failure or error}") from error

    def stop(self) -> None:
        """Saves everything; returns when it is on the disk."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(timeout=30)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        task = serve(self._root, self._port, self._stopped, lambdas="nodes")
        try:
            self._loop.run_until_complete(task)
        except BaseException as error:  # the launcher's main thread reports it
            self.failure = error
            logging.getLogger(__name__).exception("the emulator ended")


@dataclass(slots=True)
class Emulator:
    """The emulator as a process, for tests:

    with Emulator(folder, port) as emulator: client("sqs", endpoint_url=emulator.url)
    """

    root: Path
    port: int
    lambdas: str = "nodes"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        where = ["--root", str(self.root), "--port", str(self.port)]
        command = [sys.executable, "-m", "infra.localrun.emulator", *where]
        with (self.root / "emulator.log").open("ab") as out:
            self.process = subprocess.Popen(
                [*command, "--lambdas", self.lambdas],
                cwd=_ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )
        wait_for(self.url, alive=self.is_alive)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As if the machine had taken the process away: nothing is saved."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None


async def _main(root: Path, port: int, lambdas: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await serve(root, port, stopped, lambdas=lambdas)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lambdas", choices=["nodes", "ministack"], default="nodes")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(_main(given.root, given.port, given.lambdas))
