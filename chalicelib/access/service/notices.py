"""Mails about what happened at the door."""

from __future__ import annotations

from datetime import datetime

from chalicelib.access.lockout import Lockout, Strictness
from chalicelib.access.user import Person
from chalicelib.mail.service import Posted

from .ports import Desk


def lock_notice(
    desk: Desk, person: Person, lockout: Lockout, by: tuple[Strictness, str], now: datetime
) -> Posted:
    """The mail that tells somebody of his lock, if he has an address. by: rule and address."""
    rule, address = by
    if not person.user.email_address or lockout.locked_until is None:
        return Posted()
    facts = {
        "failures": str(rule.most_failures),
        "address": address or "an unknown address",
        "at": f"{now:%Y-%m-%d %H:%M}",
        "until": f"{lockout.locked_until:%Y-%m-%d %H:%M}",
    }
    return desk.post("lockout", now, facts=facts, to={person.user.id: {}})
