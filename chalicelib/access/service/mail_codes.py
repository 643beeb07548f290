"""Codes by e-mail: ask for one, make it when its mail is sent, take it once."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access import mail_code as rule
from chalicelib.access.mail_code import Challenge
from chalicelib.access.user import Person
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, Stale
from chalicelib.core.plain import Plain
from chalicelib.mail.mail import Mail
from chalicelib.mail.service import Posted

from .ports import Challenges, Desk, Throttle, Write

KIND = "login-code"
PURPOSE = "mail code"


@dataclass(frozen=True)
class MailCodes:
    """mac: a keyed hash for a purpose. digits: a fresh code."""

    store: Challenges
    throttle: Throttle
    desk: Desk
    mac: Callable[[str, bytes], str]
    ids: Callable[[], str]
    digits: Callable[[], str]
    clock: Clock

    def asked(self, person: Person, address: str, now: datetime) -> Posted:
        """The writes and the message that have a code mailed; none when there were too many.

        The challenge before, of the same address, counts no more.
        """
        id = person.user.id
        if not self.throttle.take(rule.allowance(id), now):
            return Posted()
        challenge = Challenge(
            self.ids(), id, self._place(id, address), now, person.login.changed_at
        )
        facts = {"address": address or "an unknown address"}
        about = f"{id}/{challenge.place}/{challenge.id}"
        told = self.desk.post(KIND, now, facts=facts, to={id: {}}, about=about)
        if not told.writes:
            return told
        return Posted([self.store.made(challenge), *told.writes], told.events)

    def used(self, person: Person, code: Plain, address: str, now: datetime) -> Write | None:
        """What uses the code up; None when it is none. One GetItem. Once: a second use fails."""
        id = person.user.id
        found = self.store.find(id, self._place(id, address))
        if found is None or not found.counts_for(person, now):
            return None
        if not hmac.compare_digest(found.mac, self._mac(found, code)):
            return None
        return self.store.spent(found)

    def made(self, mail: Mail) -> Mapping[str, Plain]:
        """A fresh code for a mail that is about to leave. Stale: nobody waits for it any more.

        Repeated, it is another code, and the one before counts no more.
        """
        user_id, place, id = mail.about.split("/")
        found = self.store.find(int(user_id), place)
        if found is None or found.id != id or not found.is_live(self.clock()):
            raise Stale
        code = Plain(self.digits())
        try:
            self.store.give(found, self._mac(found, code))
        except Conflict:
            raise Stale from None
        return {"code": code}

    def _place(self, user_id: int, address: str) -> str:
        return self.mac(PURPOSE, rule.place_of(user_id, address))[:32]

    def _mac(self, challenge: Challenge, code: Plain) -> str:
        return self.mac(PURPOSE, b"%s %s" % (challenge.id.encode(), code.reveal().encode()))
