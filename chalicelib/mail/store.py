"""The rows of mails. index1 lists those that are open, and those that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, NumberAttribute, NumberSetAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key, fetch, index, read
from chalicelib.core.clock import parse_stamp, stamp

from .kinds import BY_NAME
from .mail import Mail, Stage

KIND = "mail"


class MailRow(DataRow, discriminator="mail"):
    """No secret value is in it: a code is made when it is sent."""

    mail_kind = UnicodeAttribute()
    made_at = UnicodeAttribute()
    facts = JSONAttribute()
    to = JSONAttribute()
    about = UnicodeAttribute(null=True)
    stage = UnicodeAttribute()
    told = NumberSetAttribute(null=True)
    tries = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    lease_until = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class MailTable:
    """kept: for how long mails stay after their end"""

    kept: Callable[[], timedelta]

    def find(self, id: str) -> Mail | None:
        """One GetItem."""
        row = fetch(MailRow, *_key(id))
        return _mail(row) if row else None

    def listed(self, stage: Stage, most: int) -> list[Mail]:
        """Those that are open, or that failed; the newest first. One Query, and a batched read."""
        hits = index(1, _listed(stage), newest_first=True, limit=most)
        rows = read([(hit.pk, hit.sk) for hit in hits])
        found = [rows[hit.pk, hit.sk] for hit in hits if (hit.pk, hit.sk) in rows]
        mails = [_mail(row) for row in found if isinstance(row, MailRow)]
        return [one for one in mails if one.stage is stage]

    def open_since(self, before: datetime, most: int) -> list[Mail]:
        """Open ones that were made before that moment, the oldest first. One Query, and one read
        if there are any."""
        hits = index(1, _listed(Stage.OPEN), until=stamp(before), limit=most)
        rows = read([(hit.pk, hit.sk) for hit in hits]) if hits else {}
        mails = [_mail(row) for row in rows.values() if isinstance(row, MailRow)]
        return [one for one in mails if one.stage is Stage.OPEN]

    def made(self, mail: Mail, listed_at: datetime | None = None) -> Write:
        """listed_at: as of when the sweep counts its age, if not as of when it was made"""
        row = MailRow(
            *_key(mail.id),
            i1pk=_listed(mail.stage),
            i1sk=_place(replace(mail, made_at=listed_at or mail.made_at)),
            mail_kind=mail.kind.name,
            made_at=stamp(mail.made_at),
            facts=dict(mail.facts),
            to={str(id): dict(facts) for id, facts in mail.to.items()},
            about=mail.about or None,
            stage=mail.stage.value,
        )
        kept = ending(row, KIND, mail.ends_at, self.kept())
        return Put(kept, MailRow.pk.does_not_exist())

    def claim(self, before: Mail, after: Mail) -> None:
        """Raises Conflict when somebody else claimed it since it was read. One UpdateItem."""
        was = (MailRow.fence == before.fence) & (MailRow.stage == Stage.OPEN.value)
        actions = [MailRow.fence.set(after.fence), *_place_of(after)]
        self._update(after, actions, was)

    def told(self, mail: Mail, user_id: int) -> None:
        """That one reader is done with. Raises Conflict for who lost the claim. One UpdateItem."""
        self._update(mail, [MailRow.told.add({user_id})], MailRow.fence == mail.fence)

    def settled(self, mail: Mail) -> Write:
        """Where it stands after a try. Holds for the last claim only."""
        ours = (MailRow.fence == mail.fence) & (MailRow.stage == Stage.OPEN.value)
        return Update(MailRow(*_key(mail.id)), _place_of(mail), ours)

    def _update(self, mail: Mail, actions: list[Action], condition: object) -> None:
        with known_faults("keeping a mail's progress"):
            MailRow(*_key(mail.id)).update(actions, condition)  # type: ignore[arg-type]


def _key(id: str) -> Key:
    return (f"mail#{id}", "mail")


def _listed(stage: Stage) -> str:
    return f"mails#{stage.value}"


def _place(mail: Mail) -> str:
    return f"{stamp(mail.made_at)}#{mail.id}"


def _place_of(mail: Mail) -> list[Action]:
    """What moves with a claim and with the end of a try; a sent one leaves the index."""
    lease = mail.lease_until
    actions: list[Action] = [
        MailRow.stage.set(mail.stage.value),
        MailRow.tries.set(mail.tries),
        MailRow.lease_until.set(stamp(lease)) if lease else MailRow.lease_until.remove(),
        MailRow.why.set(mail.why) if mail.why else MailRow.why.remove(),
    ]
    if mail.stage is Stage.SENT:
        return [*actions, MailRow.i1pk.remove(), MailRow.i1sk.remove()]
    return [*actions, MailRow.i1pk.set(_listed(mail.stage)), MailRow.i1sk.set(_place(mail))]


def _mail(row: MailRow) -> Mail:
    return Mail(
        id=row.pk.partition("#")[2],
        kind=BY_NAME[row.mail_kind],
        made_at=parse_stamp(row.made_at),
        facts=row.facts,
        to={int(id): facts for id, facts in row.to.items()},
        about=row.about or "",
        stage=Stage(row.stage),
        told=frozenset(int(id) for id in row.told or ()),
        tries=int(row.tries),
        fence=int(row.fence),
        lease_until=parse_stamp(row.lease_until) if row.lease_until else None,
        why=row.why or "",
    )
