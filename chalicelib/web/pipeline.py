"""What happens to every request, in this order, and nowhere else.

match -> who asks (one read: session, principal, gate, the rows the path names) -> may this node
answer -> has the caller the role permission -> decode -> the handler -> encode.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.core.clock import Clock
from chalicelib.core.errors import (
    AccessDenied,
    ConclaveError,
    MaintenanceMode,
    NotFound,
    NotInCluster,
    OtherRegion,
    Replica,
    SecondFactorNeeded,
    TooLarge,
    Unauthenticated,
    ViewOnly,
)
from chalicelib.core.log import places

from .address import HEADER, Network, client_address
from .answer import Answer, redirect, refusal, success
from .call import Call, Path
from .decode import decode_json
from .door import Door, Entry, Gate
from .endpoint import Endpoint
from .errors import broken, refused
from .forms import decode_form, decode_multipart
from .match import Match, Router
from .request import Request
from .text import decode_query

if TYPE_CHECKING:
    from chalicelib.access.principal import Principal

MAX_BODY = 6 * 1024 * 1024
MAX_ANSWER = 4_500_000
"""Lambda carries 6 MB, and our bytes travel as base64."""

NODES_PAGE = "/nodes"
UNLIMITED = "Unlimited-Administration"
"""The header in which everybody is told until when it is on: `until=` and a time."""

SHARED = ("vault", "cluster")
"""Writes of rows that every region shares: one region makes them."""


def _untold(who: Principal, operation: str, why: str, now: datetime) -> None:
    """Where there is no trail."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers requests. Thread-safe: it holds nothing that changes.

    trusted: the proxies whose word on the client's address counts
    header:  the name of the header in which they say it
    paced:   counts a request of a user; raises Throttled when he made too many
    noted:   puts on the trail what somebody signed in was refused
    """

    router: Router
    door: Door
    clock: Clock
    log: logging.Logger
    trusted: Callable[[], Sequence[Network]] = tuple
    header: Callable[[], str] = lambda: HEADER
    paced: Callable[[int], None] = lambda _: None
    noted: Callable[[Principal, str, str, datetime], None] = _untold

    def answer(self, request: Request) -> Answer:
        """The answer to a request, whatever happens."""
        try:
            return self._answer(request)
        except ConclaveError as error:
            return self._refused(request, error)
        except Exception as error:
            return self._surprised(request, error)

    def _answer(self, request: Request) -> Answer:
        if len(request.body) > MAX_BODY:
            raise TooLarge
        match = self.router.match(request.method, request.segments)
        if match.endpoint is None:
            return self._astray(request, match)
        try:
            entry = self._identify(match.endpoint, match.path, request)
        except AccessDenied as error:
            self._note(match.endpoint, error.who, error, self.clock())
            raise
        return _told(self._served(match.endpoint, match.path, request, entry), entry.unlimited)

    def _served(self, endpoint: Endpoint, path: Path, request: Request, entry: Entry) -> Answer:
        """What the endpoint answers, or why it does not."""
        try:
            self._admit(endpoint, entry)
            answer = success(endpoint.handler(_call(endpoint, path, request, entry)))
            if len(answer.body) > MAX_ANSWER:
                raise TooLarge("The answer is too large: ask for fewer records.")
        except AccessDenied as error:
            self._note(endpoint, entry.principal, error, entry.now)
            return self._refused(request, error)
        except ConclaveError as error:
            return self._refused(request, error)
        return answer

    def _note(
        self, endpoint: Endpoint, who: Principal | None, error: AccessDenied, now: datetime
    ) -> None:
        if who and not error.is_told:
            self.noted(who, f"{endpoint.method} {endpoint.path}", str(error), now)

    def _astray(self, request: Request, match: Match) -> Answer:
        """Nothing answers here."""
        if request.is_browser and request.path != NODES_PAGE:
            _admit(self.door.gate(), out_of_cluster=False)
        if match.allowed:
            allow = {"Allow": ", ".join(match.allowed)}
            return refusal(405, {"message": "The method is not allowed here."}, allow)
        raise NotFound("The requested resource was not found.")

    def _address(self, endpoint: Endpoint, request: Request) -> str:
        """The client's address. Probes such as health ask for none, and must not need settings."""
        if endpoint.anonymous and endpoint.method == "GET":
            return request.peer
        return client_address(request.peer, request.headers, self.trusted(), self.header())

    def _identify(self, endpoint: Endpoint, path: Path, request: Request) -> Entry:
        """Who asks, the rows read with that, and how unlimited administration stands."""
        now = self.clock()
        address = self._address(endpoint, request)
        if endpoint.anonymous:
            self._admit_nobody(endpoint, now)
            return Entry(now, address)
        if not request.token:
            if request.is_browser:
                self._admit_nobody(endpoint, now)
            raise Unauthenticated
        extra = endpoint.reads(path) if endpoint.reads else ()
        return Entry(now, address, self.door.authenticate(request.token, extra, now, address))

    def _admit(self, endpoint: Endpoint, entry: Entry) -> None:
        """Refuse a node that must not, and a caller who may not."""
        if entry.found is None:
            return
        principal = entry.found.principal
        self.paced(principal.user_id)
        _admit_to(endpoint, entry.found.gate, entry.now)
        if principal.enrols and not endpoint.while_enrolling:
            raise SecondFactorNeeded
        if endpoint.permission:
            principal.require(*endpoint.permissions)

    def _admit_nobody(self, endpoint: Endpoint, now: datetime) -> None:
        """Without a session only the gate is read, and not even that where it decides nothing."""
        if not endpoint.out_of_cluster or endpoint.writes in SHARED:
            _admit_to(endpoint, self.door.gate(), now)

    def _surprised(self, request: Request, error: Exception) -> Answer:
        facts = {"at": places(error), "request_id": request.request_id}
        self.log.error("a request failed unexpectedly", extra={"facts": facts})
        return broken()

    def _refused(self, request: Request, error: ConclaveError) -> Answer:
        if isinstance(error, NotInCluster) and request.is_browser:
            return redirect(request.root + NODES_PAGE)
        return refused(error)


def _call(endpoint: Endpoint, path: Path, request: Request, entry: Entry) -> Call[Any]:
    return Call(
        path=path,
        body=_body(endpoint, request),
        now=entry.now,
        request_id=request.request_id,
        query=decode_query(request.query, endpoint.query) if endpoint.query else None,
        caller=entry.principal,
        rows=entry.rows,
        address=entry.address,
        headers=request.headers,
        raw_body=request.body,
        method=request.method,
        raw_path=request.path,
        root=request.root,
        unlimited=entry.unlimited,
    )


def _told(answer: Answer, unlimited: str) -> Answer:
    """The answer that says that unlimited administration is on, if it is: to everybody."""
    if not unlimited:
        return answer
    return replace(answer, headers={**answer.headers, UNLIMITED: unlimited})


def _admit_to(endpoint: Endpoint, gate: Gate, now: datetime) -> None:
    _admit(gate, endpoint.out_of_cluster)
    if gate.outside and endpoint.writes in SHARED:
        raise OtherRegion(gate.outside)
    if gate.replica and endpoint.writes != "none" and not _stays_here(endpoint):
        raise Replica
    if gate.maintenance and endpoint.writes == "vault":
        raise MaintenanceMode
    if endpoint.writes == "vault" and not endpoint.when_view_only and (why := gate.view_only(now)):
        raise ViewOnly(why)


def _stays_here(endpoint: Endpoint) -> bool:
    """Whether what it writes is about this cluster itself: tokens, boxes, the replication."""
    own = endpoint.out_of_cluster or endpoint.on_replica
    return endpoint.writes == "session" or (endpoint.writes == "cluster" and own)


def _admit(gate: Gate, out_of_cluster: bool) -> None:
    """Refuse what a standby must not do."""
    if not gate.in_cluster and not out_of_cluster:
        raise NotInCluster


def _body(endpoint: Endpoint, request: Request) -> Any:
    if endpoint.body is None:
        return None
    if endpoint.form:
        return decode_form(request.body, endpoint.body)
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        return decode_multipart(request.body, content_type, endpoint.body)
    return decode_json(request.body, endpoint.body)
