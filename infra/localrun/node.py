"""One node as one process: HTTP front, pollers that obey the mappings, agent.

python -m infra.localrun.node --name node-a --port 8100 --aws http://127.0.0.1:8199
"""

import argparse
import importlib
import logging
import os
import signal
import threading
from typing import Any

from infra.localrun import mapping_changes
from infra.localrun.answering import wait_for
from infra.localrun.aws_api import LocalAws
from infra.localrun.front import READ_LIMIT, Front
from infra.localrun.functions import Functions, named_in, scheduled_event
from infra.localrun.invocations import Invocations
from infra.localrun.minutes import every_minute
from infra.localrun.pollers import Pollers

log = logging.getLogger(__name__)
_HTTP_THREADS = 16
_FIRST_LOOK = 10.0


def run(functions: Functions, port: int, aws: LocalAws) -> None:
    """Serve until SIGTERM; then take no more work, finish what is under way, and return."""
    stopped = threading.Event()
    server = _server(Front(functions.module.app, functions.api_name), port)
    invocations = Invocations(aws.url, functions)
    wait_for(aws.url, alive=lambda: True)
    invocations.register()
    pollers = Pollers(aws.lambdas, aws.sqs, set(functions.full_timeouts), functions.invoke)
    feeding = threading.Thread(target=pollers.run, args=(stopped,))
    threads = [feeding, threading.Thread(target=invocations.run, args=(stopped,), daemon=True)]
    follow = (aws.url, pollers.hurry, stopped)
    threads.append(threading.Thread(target=mapping_changes.follow, args=follow, daemon=True))
    looked = threading.Event()
    if "agent" in functions.timeouts:
        threads.append(_agent(functions, stopped, looked))
    else:
        looked.set()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    for thread in threads:
        thread.start()
    looked.wait(_FIRST_LOOK)  # who asks before that waits, and then sees the node as it is
    server.run()
    stopped.set()
    pollers.hurry()
    feeding.join(timeout=10)


def _agent(
    functions: Functions, stopped: threading.Event, looked: threading.Event
) -> threading.Thread:
    name = functions.full_name("agent")

    def invoke() -> object:
        return functions.invoke(name, scheduled_event(name))

    return threading.Thread(target=every_minute, args=(invoke, stopped, looked), daemon=True)


def _server(front: Front, port: int) -> Any:
    import waitress.server

    create_server: Any = waitress.server.create_server

    return create_server(
        front,
        host="127.0.0.1",
        port=port,
        threads=_HTTP_THREADS,
        max_request_body_size=READ_LIMIT,
        clear_untrusted_proxy_headers=False,
        ident=None,
    )


def _stop(*_: object) -> None:
    """In the main thread, which is inside `server.run` and returns from it."""
    raise SystemExit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--aws", required=True)
    parser.add_argument("--app", default="app", help="the module that names the app")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    os.environ["NODE"] = given.name
    functions = named_in(importlib.import_module(given.app), given.name)
    run(functions, given.port, LocalAws(given.aws))


if __name__ == "__main__":
    main()
