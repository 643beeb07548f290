"""Use cases of engines: register, approve, call back; and whether a call is really theirs.

Engines are not trusted with each other's work: every call is signed by the engine's own key, and
what it may do is read from its row each time, so that a deactivation counts at once (DESIGN 4).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core import signing
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import Conflict, Invalid, NotFound, Throttled, Unauthenticated
from chalicelib.core.signing import Statement

from .engine import MISSED_CALLBACKS, Activation, Change, Engine, after
from .service import SiteService, Who, Writes
from .site import Site

MOST_PENDING = 50  # engines waiting for approval: anybody may register
ANSWER = "ANSWER"
ANSWER_PATH = "engine-response"


class EngineStore(Protocol):
    def engine(self, engine_id: int) -> Engine | None: ...
    def engines(self) -> list[Engine]: ...
    def silent(self, since: datetime) -> list[Engine]: ...
    def by_key(self, fingerprint: str) -> int | None: ...
    def created(self, engine: Engine) -> Writes: ...
    def changed(self, before: Engine, after: Engine) -> Writes: ...
    def called(self, engine: Engine, now: datetime, skew: timedelta, version: str) -> Writes: ...
    def went_silent(self, engine: Engine) -> Writes: ...
    def used(self, engine_id: int, nonce: str, now: datetime) -> Writes: ...
    def still(self, engine: Engine) -> Writes: ...


class Commit(Protocol):
    def __call__(self, writes: Writes, audit: Sequence[AuditRecord] = ()) -> None: ...

    def record(self, audit: AuditRecord) -> None: ...


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new engine says of itself. Keys are raw public keys."""

    name: str
    host: str
    version: str
    signing_key: bytes
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """One signed call as it came in: what the signature covers, and who claims to have made it."""

    engine_id: int
    statement: Statement
    signature: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A call proven to be this engine's, fresh. `used` must join the caller's commit: its nonce."""

    engine: Engine
    used: Writes


@dataclass(frozen=True)
class EngineService:
    store: EngineStore
    sites: SiteService
    commit: Commit
    next_id: Callable[[str], int]

    def register(self, asked: Registration, address: str, now: datetime) -> Engine:
        """A new engine, waiting for approval; the same keys again are the same engine.

        Raises Invalid for bad keys, Throttled while too many wait.
        """
        engine = _registered(asked, address, now)
        known = self.store.by_key(engine.fingerprint)
        if known is not None:
            return self.engine(known)
        waiting = [one for one in self.store.engines() if one.activation is Activation.PENDING]
        if len(waiting) >= MOST_PENDING:
            raise Throttled("too many engines wait for approval", timedelta(minutes=5))
        created = replace(engine, id=self.next_id("engine"))
        record = _audit(SYSTEM, "CREATE", created, now, created.fingerprint, address)
        try:
            self.commit(self.store.created(created), [record])
        except Conflict:
            return self.register(asked, address, now)
        return created

    def verify(self, said: Said, now: datetime) -> Verified:
        """The engine that made a call. One read; raises Unauthenticated.

        The nonce is not yet used up: commit `used` with the call's own writes.
        """
        engine = self._speaker(said)
        if not said.statement.is_fresh(now):
            raise Unauthenticated("the call's time is too far from the cluster's: repeat it")
        return Verified(engine, self.store.used(engine.id, said.statement.nonce, now))

    def still(self, engine: Engine) -> Writes:
        """To join the commit of what only an active engine of its site may be given."""
        return self.store.still(engine)

    def verify_answer(self, said: Said) -> Engine:
        """The engine that signed an answer, whenever: its claim and fence say whether it counts."""
        return self._speaker(said)

    def call_back(self, said: Said, version: str, now: datetime) -> tuple[Engine, Site | None]:
        """Note that an engine is alive; the engine and its site. Raises Unauthenticated."""
        proven = self.verify(said, now)
        engine = proven.engine
        skew = timedelta(seconds=said.statement.time - now.timestamp())
        writes = [*self.store.called(engine, now, skew, version[:40]), *proven.used]
        back = engine.active and engine.seen_at is None
        try:
            self.commit(writes, [_audit(SYSTEM, "ONLINE", engine, now)] if back else [])
        except Conflict as error:
            raise Unauthenticated("this call was made before, or the engine was changed") from error
        return engine, self.sites.site(engine.site_id) if engine.site_id is not None else None

    def engine(self, engine_id: int) -> Engine:
        """One engine. Raises NotFound."""
        found = self.store.engine(engine_id)
        if found is None:
            raise NotFound(f"engine {engine_id} was not found")
        return found

    def engines(self) -> list[Engine]:
        """Every engine that is not deleted."""
        return self.store.engines()

    def change(
        self, who: Who, engine_id: int, change: Change, site_id: int | None, now: datetime
    ) -> Engine:
        """An admin's change; deactivation stops claims at once. NotFound, Invalid, Conflict."""
        before = self.engine(engine_id)
        if site_id is not None and self.sites.site(site_id).local:
            raise Invalid("nodes themselves work for the site Local: choose another site")
        engine = after(before, change, site_id)
        detail = f"{change} site {engine.site_id}" if engine.site_id else change.value
        record = _audit(who.user_id, change.value.upper(), engine, now, detail, who.address)
        self.commit(self.store.changed(before, engine), [record])
        return engine

    def mark_silent(self, now: datetime) -> tuple[int, int]:
        """Mark engines offline after three missed callbacks: found, and marked. May be repeated."""
        shortest = min(site.callback for site in self.sites.sites())
        found = self.store.silent(now - MISSED_CALLBACKS * shortest)
        return len(found), sum(self._mark(engine, now) for engine in found)

    def _mark(self, engine: Engine, now: datetime) -> bool:
        site = self.sites.store.site(engine.site_id) if engine.site_id is not None else None
        if site is not None and engine.is_online(now, site.callback):
            return False
        try:
            self.commit(self.store.went_silent(engine), [_audit(SYSTEM, "OFFLINE", engine, now)])
        except Conflict:  # it was heard of just now
            return False
        return True

    def _speaker(self, said: Said) -> Engine:
        engine = self.store.engine(said.engine_id)
        if engine is None or engine.activation is Activation.DELETED:
            raise Unauthenticated("no such engine: register it")
        signing.verify(said.statement, said.signature, engine.signing_key)
        return engine


def _registered(asked: Registration, address: str, now: datetime) -> Engine:
    if len(asked.signing_key) != signing.KEY_BYTES or len(asked.sealing_key) != signing.KEY_BYTES:
        raise Invalid("signingKey and sealingKey are raw public keys of 32 bytes, in base64")
    name = " ".join(asked.name.split())[:100]
    if not name:
        raise Invalid("an engine needs a name")
    return Engine(
        id=0,
        name=name,
        host=asked.host[:200],
        signing_key=asked.signing_key,
        sealing_key=asked.sealing_key,
        version=asked.version[:40],
        address=address,
        registered_at=now,
    )


def said_by_headers(
    method: str, path: str, headers: Mapping[str, str], body: bytes, item: str
) -> Said:
    """The call that HTTP headers (by lower-case name) describe. Raises Unauthenticated."""
    try:
        statement = Statement(
            method=method,
            path=path,
            body=body,
            time=int(headers[signing.TIME_HEADER.lower()]),
            nonce=headers[signing.NONCE_HEADER.lower()],
            item=item,
        )
        signature = headers[signing.SIGNATURE_HEADER.lower()]
        return Said(int(headers[signing.ENGINE_HEADER.lower()]), checked(statement), signature)
    except (KeyError, ValueError) as error:
        raise Unauthenticated("an engine signs its calls: the headers are missing") from error


def checked(statement: Statement) -> Statement:
    """The statement, if its nonce is one."""
    if len(statement.nonce) != 32 or not all(one in "0123456789abcdef" for one in statement.nonce):
        raise Unauthenticated("a nonce is 32 hex digits")
    return statement


def public_key(text: str) -> bytes:
    """A public key from base64. Raises Invalid."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Invalid("a public key comes in base64") from error


def _audit(  # noqa: PLR0913 - the parts of one line
    actor: int, action: str, engine: Engine, now: datetime, detail: str = "", address: str = ""
) -> AuditRecord:
    return AuditRecord(actor, action, "Engine", str(engine.id), now, detail, address, engine.name)
