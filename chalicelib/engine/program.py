"""The engine's life: make itself known, wait for approval, call back, work, end cleanly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Lock
from typing import Protocol

from chalicelib.core.errors import AccessDenied, ConclaveError, Invalid, Stale, Unavailable

from .cluster import ACTIVATED, Access, Called, Registered
from .errand import End, Errands
from .lane import Lane
from .queues import Queues, Received
from .settings import Settings

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)
WHILE_PENDING = timedelta(seconds=5)
WITHOUT_ACCESS = timedelta(seconds=1)


class Home(Protocol):
    """The cluster, as far as an engine's life needs it."""

    def register(self, name: str) -> Registered:
        """Make the engine known. Raises Unavailable, AccessDenied."""

    def callback(self, running: int) -> Called:
        """Say that we live. Raises Unavailable, AccessDenied, Stale."""


class Program:
    """One engine. `run` returns after `stop`, once everything begun has ended."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        fingerprint: str,
        while_pending: timedelta = WHILE_PENDING,
    ) -> None:
        self._settings = settings
        self._home = home
        self._fingerprint = fingerprint
        self._while_pending = while_pending
        self._queues: Queues | None = None
        self._access: Access | None = None
        self._open = Event()  # activated, in a site, and with keys to its queues
        self._running = 0
        self._counting = Lock()
        self._stopping = Event()
        self._wake = Event()
        self._status = ""

    def stop(self) -> None:
        """Take nothing new and end. May be called from any thread."""
        self._stopping.set()
        self._wake.set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def boxes(self) -> Queues:
        """The queues as of now. Raises Unavailable while there are none."""
        queues = self._queues
        if queues is None:
            raise Unavailable("no access to the site's queues")
        return queues

    def run(self, errands: Errands) -> None:
        """Live until stopped."""
        if not self._registered():
            return
        lanes = self._lanes(errands)
        for lane in lanes:
            lane.start()
        while not self._stopping.is_set():
            self._wake.wait(self._call_home().total_seconds())
            if not self._stopping.is_set():
                self._wake.clear()
        log.info("stopping: %d items are finished first", self._running)
        for lane in lanes:
            lane.join()
        log.info("stopped")

    def _registered(self) -> bool:
        """Whether we are known, after as many tries as it takes; False if stopped before."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            try:
                known = self._home.register(self._settings.name)
            except ConclaveError as error:
                log.warning("not registered yet: %s", error)
                self._stopping.wait(wait.total_seconds())
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._compare(known)
                return True
        return False

    def _compare(self, known: Registered) -> None:
        log.info(
            "engine %d (%s) is registered: compare its fingerprint before approving it: %s",
            *(known.engine, self._settings.name, self._fingerprint),
        )
        if known.fingerprint and known.fingerprint != self._fingerprint:
            log.error(
                "the cluster shows another fingerprint (%s): do not approve", known.fingerprint
            )

    def _call_home(self) -> timedelta:
        """One callback; how long until the next."""
        try:
            called = self._home.callback(self._running)
        except (AccessDenied, Stale) as error:
            self._drop_access()
            self._note(f"refused: {error}")
            self._register_again()
            return self._while_pending
        except ConclaveError as error:
            self._note(f"out of reach: {error}")
            return self._while_pending
        self._note(_told(called, self._fingerprint))
        try:
            self._take_access(called)
        except Invalid as error:
            self._note(f"cannot reach the queues: {error}")
        return (
            called.again if called.status == ACTIVATED else min(called.again, self._while_pending)
        )

    def _register_again(self) -> None:
        """A cluster that was restored from a backup may not know us any more."""
        try:
            self._home.register(self._settings.name)
        except ConclaveError as error:
            log.debug("not registered again: %s", error)

    def _note(self, status: str) -> None:
        """Say a change of status once."""
        if status != self._status:
            log.info("%s", status)
            self._status = status

    def _take_access(self, called: Called) -> None:
        if called.access is None:
            self._drop_access()
        elif called.access != self._access:
            self._access, self._queues = called.access, Queues(called.access, self._settings.poll)
            self._open.set()

    def _drop_access(self) -> None:
        """Nothing is received any more. What was begun may still answer: its keys live on."""
        self._open.clear()
        self._access = None

    def _lanes(self, errands: Errands) -> tuple[Lane, Lane]:
        def run(received: Received) -> End:
            with self._counting:
                self._running += 1
            try:
                return errands.run(received)
            finally:
                with self._counting:
                    self._running -= 1

        def lane(width: int, *, urgent: bool) -> Lane:
            return Lane(width, self._receiver(urgent=urgent), run, self._give_back, self._stopping)

        return (
            lane(self._settings.urgent, urgent=True),
            lane(self._settings.workers, urgent=False),
        )

    def _receiver(self, *, urgent: bool) -> Callable[[int], list[Received]]:
        def receive(most: int) -> list[Received]:
            if not self._open.wait(WITHOUT_ACCESS.total_seconds()):
                return []
            queues = self.boxes()
            try:
                return queues.receive(queues.now if urgent else queues.work, most)
            except Unavailable as error:
                log.warning("%s", error)
                self._wake.set()
                raise

        return receive

    def _give_back(self, received: Received) -> None:
        try:
            self.boxes().give_back(received)
        except Unavailable as error:
            log.info("a message comes again later: %s", error)


def _told(called: Called, fingerprint: str) -> str:
    match called.status, called.access:
        case "Pending", _:
            return f"waiting for approval; fingerprint {fingerprint}"
        case "Activated", None:
            return "activated, but in no site: nothing to receive"
        case "Activated", _:
            return f"at work in site {called.site}"
        case status, _:
            return f"not at work: the cluster says {status}"
