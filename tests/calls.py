"""Sees every AWS call of this process: for counting calls, and for crashing after one.

What a program does outside AWS is seen where its stand-in tells: it calls `acted`.

Import this before the first botocore session is made (conftest and benchmarks do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.handlers import BUILTIN_HANDLERS

READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan", "TransactGet")
"""How the names of operations begin that change nothing."""
USES_OF_A_KEY = ("Decrypt", "Encrypt", "Generate", "ReEncrypt", "Sign", "Verify")


class AwsCall(NamedTuple):
    """One call as botocore names it, for example ("dynamodb", "GetItem")."""

    service: str
    operation: str

    @property
    def only_reads(self) -> bool:
        """Whether AWS is afterwards as it was."""
        uses_a_key = self.service == "kms" and self.operation.startswith(USES_OF_A_KEY)
        return uses_a_key or self.operation.startswith(READS)


Watcher = Callable[[AwsCall], None]
OutsideWatcher = Callable[[str], None]
Listener = Callable[[AwsCall, Mapping[str, Any]], None]


class Killed(BaseException):
    """The process is gone: nothing that catches Exception may survive it."""


@dataclass(slots=True)
class Calls:
    """The calls seen since the recording began, in order."""

    seen: list[AwsCall] = field(default_factory=list)

    def clear(self) -> None:
        self.seen.clear()

    def count(self, service: str = "", operation: str = "") -> int:
        """How many calls went to that service, of that operation; all of them by default."""
        return sum(
            (not service or one.service == service)
            and (not operation or one.operation == operation)
            for one in self.seen
        )


_before: list[Watcher] = []
_after: list[Watcher] = []
_outside: list[OutsideWatcher] = []
_listeners: list[Listener] = []


@contextmanager
def recording() -> Iterator[Calls]:
    """Records every call that this process makes inside the block, on any thread."""
    calls = Calls()
    with watching(before=calls.seen.append):
        yield calls


@contextmanager
def killing_after(number: int) -> Iterator[Calls]:
    """Raises Killed once the call of that number (from 1) has taken effect, and ever after."""
    calls = Calls()

    def kill(call: AwsCall) -> None:
        if len(calls.seen) >= number:
            raise Killed(f"killed after call {number}: {call.service} {call.operation}")

    with watching(before=calls.seen.append, after=kill):
        yield calls


@contextmanager
def watching(before: Watcher | None = None, after: Watcher | None = None) -> Iterator[None]:
    """Calls `before` and `after` around each AWS call in the block; what they raise goes up."""
    pairs = [(_before, before), (_after, after)]
    for watchers, watcher in pairs:
        if watcher:
            watchers.append(watcher)
    try:
        yield
    finally:
        for watchers, watcher in pairs:
            if watcher:
                watchers.remove(watcher)


@contextmanager
def watching_outside(watcher: OutsideWatcher) -> Iterator[None]:
    """Calls `watcher` with each act outside AWS that the block told; what it raises goes up."""
    _outside.append(watcher)
    try:
        yield
    finally:
        _outside.remove(watcher)


def acted(what: str) -> None:
    """Say that the program just did this to something outside AWS, a target for example."""
    for watcher in list(_outside):
        watcher(what)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Calls `listener` with each AWS call in the block and its parameters, before it is made."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def _on_parameters(params: Mapping[str, Any], model: Any, **_: object) -> None:
    for listener in list(_listeners):
        listener(_named(model), params)


def _on_before_call(model: Any, **_: object) -> None:
    for watcher in list(_before):
        watcher(_named(model))


def _on_after_call(model: Any, **_: object) -> None:
    for watcher in list(_after):
        watcher(_named(model))


def _named(model: Any) -> AwsCall:
    return AwsCall(str(model.service_model.service_name), str(model.name))


BUILTIN_HANDLERS.append(("provide-client-params", _on_parameters))
BUILTIN_HANDLERS.append(("before-call", _on_before_call))
BUILTIN_HANDLERS.append(("after-call", _on_after_call))
