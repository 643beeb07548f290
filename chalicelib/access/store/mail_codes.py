"""The rows of challenges: one for each user and place he comes from."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.access.mail_code import LIFE, Challenge
from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key, fetch
from chalicelib.core.clock import parse_stamp, stamp


class MailCodeRow(DataRow, discriminator="mail-code"):
    id = UnicodeAttribute()
    user_id = NumberAttribute()
    made_at = UnicodeAttribute()
    password = UnicodeAttribute()
    mac = UnicodeAttribute(null=True)
    used = BooleanAttribute(default=False)


class Challenges:
    def find(self, user_id: int, place: str) -> Challenge | None:
        """One GetItem."""
        row = fetch(MailCodeRow, *_key(user_id, place))
        if row is None:
            return None
        return Challenge(
            id=row.id,
            user_id=int(row.user_id),
            place=place,
            made_at=parse_stamp(row.made_at),
            password=parse_stamp(row.password),
            mac=row.mac or "",
            used=bool(row.used),
        )

    def made(self, one: Challenge) -> Write:
        """In the place of the one before."""
        row = MailCodeRow(
            *_key(one.user_id, one.place),
            id=one.id,
            user_id=one.user_id,
            made_at=stamp(one.made_at),
            password=stamp(one.password),
        )
        return Put(ending(row, "mail-code", one.made_at + LIFE))

    def give(self, one: Challenge, mac: str) -> None:
        """It waits for that code now. Raises Conflict when it was used or replaced."""
        row = MailCodeRow(*_key(one.user_id, one.place))
        unused = (MailCodeRow.id == one.id) & (MailCodeRow.used == False)  # noqa: E712
        with known_faults("keeping a code"):
            row.update([MailCodeRow.mac.set(mac)], unused)

    def spent(self, one: Challenge) -> Write:
        """Fails if it was used, replaced, or given another code."""
        same = (MailCodeRow.id == one.id) & (MailCodeRow.mac == one.mac)
        same &= MailCodeRow.used == False  # noqa: E712
        row = MailCodeRow(*_key(one.user_id, one.place))
        return Update(row, [MailCodeRow.used.set(True)], same)


def _key(user_id: int, place: str) -> Key:
    return (f"mail-code#{user_id}", place)
