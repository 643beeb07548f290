"""Runs what others invoke on a node: fetched from the Lambda shim by long polling."""

import json
import logging
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.localrun.functions import Functions

log = logging.getLogger(__name__)
_WAIT = 20


class Invocations:
    def __init__(self, url: str, functions: Functions) -> None:
        self._url = url
        self._functions = functions
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="invocation")

    def register(self) -> None:
        """Tell the shim which functions this node has. May be repeated."""
        path = f"/_local/nodes/{self._functions.node}"
        self._call("PUT", path, self._functions.full_timeouts)

    def run(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                self._fetch()
            except (OSError, ValueError):  # the emulator may be restarting
                stopped.wait(1.0)

    def _fetch(self) -> None:
        path = f"/_local/nodes/{self._functions.node}/calls?wait={_WAIT}"
        for call in self._call("GET", path)["calls"]:
            self._pool.submit(self._answer, call)

    def _answer(self, call: dict[str, Any]) -> None:
        result: dict[str, Any]
        try:
            result = {"value": self._functions.invoke(call["function"], call["payload"])}
        except Exception as error:  # reported to who asked, as Lambda does
            log.exception("%s raised", call["function"])
            result = {"error": str(error) or type(error).__name__}
        if call["answered"]:
            self._call("POST", f"/_local/calls/{call['id']}", result)

    def _call(self, method: str, path: str, value: object = None) -> dict[str, Any]:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self._url + path, body, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_WAIT + 5) as answer:  # noqa: S310
            value = json.load(answer)
        return value if isinstance(value, dict) else {}
