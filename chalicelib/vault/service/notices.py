"""Telling people of requests: in their inbox, and by mail, with what they are told of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.inbox.message import Kind, Note
from chalicelib.mail.service import Posted
from chalicelib.vault.access_request import Status
from chalicelib.vault.ports import Inbox, Requests

from .watching import Desk, Mailed

MAILS: Mapping[Kind, str] = {
    Kind.ACCESS_REQUESTED: "access-requested",
    Kind.ACCESS_GRANTED: "access-granted",
    Kind.ACCESS_DENIED: "access-denied",
    Kind.ERASE_REQUESTED: "erase-requested",
    Kind.ERASE_GRANTED: "erase-granted",
    Kind.ERASE_DENIED: "erase-denied",
}


@dataclass(frozen=True, slots=True)
class Notices:
    inbox: Inbox
    desk: Desk

    def telling(
        self, whom: Collection[int], note: Note, why: str, request_id: int, now: datetime
    ) -> Posted:
        """What tells those users, for the transaction of what they are told of.

        why: what who asked or decided says; in the mail alone
        """
        if not whom:
            return Posted()
        facts = {"note": note.details, "why": why[:1_000] or "(nothing)"}
        to: dict[int, dict[str, str]] = {id: {} for id in whom}
        mail = self.desk.post(MAILS[note.kind], now, facts=facts, to=to, about=str(request_id))
        return Posted([*self.inbox.telling(whom, note, now), *mail.writes], mail.events)


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """Who of those named by a mail is still to have it. A read."""

    requests: Requests

    def entitled(self, mail: Mailed) -> Collection[int]:
        """Approvers, while the access request waits."""
        found = self.requests.fetch(int(mail.about))
        return mail.to if found is not None and found.status is Status.PENDING else ()
