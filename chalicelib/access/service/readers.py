"""Who reads mails: enabled users with an address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chalicelib.mail.mail import Reader

from .ports import Administrators, Users


@dataclass(frozen=True)
class Readers:
    people: Users
    chiefs: Administrators

    def users(self, ids: Collection[int]) -> list[Reader]:
        """Those of these users who can be reached, by id. One BatchGetItem for a hundred."""
        found = self.people.by_ids(ids) if ids else {}
        return [
            Reader(one.id, one.email_address)
            for _, one in sorted(found.items())
            if one.enabled and one.email_address
        ]

    def administrators(self) -> list[Reader]:
        """The same of those who hold the role Administrator themselves. A read more."""
        return self.users(self.chiefs.fetch())
