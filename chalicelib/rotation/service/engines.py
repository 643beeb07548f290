"""What engines ask and say: signed, one claim for one engine, one answer for one claim."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.changers.work import Answer, encode
from chalicelib.core import sealing
from chalicelib.core.errors import AccessDenied, Invalid, Unauthenticated
from chalicelib.core.messages import Ref
from chalicelib.core.signing import Statement
from chalicelib.sites.engine import Engine
from chalicelib.sites.engines import ANSWER, ANSWER_PATH, Verified, checked
from chalicelib.sites.engines import Said as Signed

from .answers import Answers, Said
from .claims import Claimed, Claimer, Claims
from .ports import Write

MOST_TEXT = 2000
NOBODY = Claimer("", "nobody known", 0)


class Engines(Protocol):
    """What rotation needs of the engines' service."""

    def verify(self, said: Signed, now: datetime) -> Verified: ...
    def still(self, engine: Engine) -> Sequence[Write]: ...
    def verify_answer(self, said: Signed) -> Engine: ...


@dataclass(frozen=True, slots=True)
class Handed:
    """What a claim gives an engine; `sealed` opens with its own key alone."""

    item_id: str
    fence: int
    kind: str
    deadline_seconds: int
    sealed: str


@dataclass(frozen=True, slots=True)
class EngineWork:
    engines: Engines
    claims: Claims
    answers: Answers

    def claim(self, said: Signed, item_id: str, now: datetime) -> Handed:
        """Hand an item to the engine that signed the call: see `Claims.claim`.

        Unauthenticated: not signed by it, too old, or sent before. AccessDenied: it is not
        activated, or the work is another site's; audited.
        """
        proven = self.engines.verify(said, now)
        engine = proven.engine
        claimer = _claimer(engine)
        if not engine.active:
            self.claims.refuse(claimer, item_id, "the engine is not activated", now)
            raise AccessDenied("This engine is not activated.")
        also = [*proven.used, *self.engines.still(engine)]  # a deactivation counts at once
        claimed = self.claims.claim(claimer, item_id, now, also)
        return _handed(claimed, engine)

    def answer(self, body: Mapping[str, Ref], now: datetime) -> None:
        """Record the answer in a message of the engine response bus. May be repeated.

        One that is malformed, not signed by its engine, or of an engine that is not activated is
        written down and dropped. Stale: it is not the holder's, or too late; audited.
        """
        try:
            said, answer, about = _read(body)
        except (Invalid, Unauthenticated) as error:
            self.answers.refuse(NOBODY, Said("", 0), str(error), now)
            return
        try:
            engine = self.engines.verify_answer(said)
        except Unauthenticated as error:
            self.answers.refuse(NOBODY, about, f"{error} (engine {said.engine_id})", now)
            return
        if not engine.active:
            self.answers.refuse(_claimer(engine), about, "the engine is not activated", now)
            return
        self.answers.record(_claimer(engine), about, answer, now)


def _claimer(engine: Engine) -> Claimer:
    return Claimer(f"engine {engine.id}", engine.name, engine.site_id or 0)


def _handed(claimed: Claimed, engine: Engine) -> Handed:
    item = claimed.item
    about = sealing.about_claim(item.id, item.fence, str(engine.id))
    box = sealing.seal(encode(claimed.work), engine.sealing_key, about)
    return Handed(
        item.id,
        item.fence,
        item.kind.value,
        int(claimed.deadline.total_seconds()),
        b64encode(box).decode(),
    )


def _read(body: Mapping[str, Ref]) -> tuple[Signed, Answer, Said]:
    """What an answer's message says. Raises Invalid when it is none."""
    try:
        pin = body["pin"]
        answer = Answer(
            _text(body["status"]), _text(body["detail"]), None if pin is None else _text(pin)
        )
        about = Said(_text(body["item"]), _number(body["fence"]))
        statement = checked(
            Statement(
                method=ANSWER,
                path=ANSWER_PATH,
                body=answer.body(),
                time=_number(body["time"]),
                nonce=_text(body["nonce"]),
                item=about.item_id,
                fence=about.fence,
            )
        )
        signed = Signed(_number(body["engine"]), statement, _text(body["signature"]))
    except (KeyError, TypeError) as error:
        raise Invalid("not an answer of an engine") from error
    return signed, answer, about


def _text(value: Ref) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise TypeError
    return value


def _number(value: Ref) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
