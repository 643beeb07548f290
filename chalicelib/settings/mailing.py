"""The settings of mail as use cases: look at them, change them, open the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.plain import Plain

from .mail import MailChange, MailSettings, changed

KEPT = timedelta(seconds=30)


class MailRows(Protocol):
    def fetch(self) -> MailSettings: ...

    def store(self, settings: MailSettings) -> Any: ...

    def sealed(self, password: Plain) -> bytes: ...

    def opened(self, settings: MailSettings) -> Plain: ...


class Commit(Protocol):
    def __call__(self, writes: list[Any], audit: list[AuditRecord]) -> None: ...


class Who(Protocol):
    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


@dataclass(slots=True)
class MailConfiguration:
    table: MailRows
    commit: Commit
    clock: Clock
    _copy: tuple[bool, datetime] | None = None

    def fresh(self) -> MailSettings:
        """As they are now. One GetItem."""
        return self.table.fetch()

    def is_on(self) -> bool:
        """Whether mails are written at all; half a minute old at most."""
        now = self.clock()
        if self._copy is None or now >= self._copy[1]:
            self._copy = (self.table.fetch().is_on, now + KEPT)
        return self._copy[0]

    def password(self, settings: MailSettings) -> Plain:
        """Of the SMTP server's user; empty for none. Raises Unsealable."""
        return self.table.opened(settings) if settings.sealed else Plain("")

    def change(
        self, who: Who, read: Callable[[MailSettings], MailChange], now: datetime
    ) -> MailSettings:
        """Set some of them, for every node. Raises Invalid, or Conflict: then repeat.

        read: what is to change, of the settings as they are
        """
        before = self.table.fetch()
        change = read(before)
        if not change.values and change.password is None:
            return before
        after = changed(before, change)
        if change.password is not None:
            sealed = self.table.sealed(change.password) if change.password else b""
            after = replace(after, sealed=sealed)
        line = AuditRecord(
            who.user_id, "UPDATE", "Configuration", "email", now, change.told(), who.address
        )
        self.commit([self.table.store(after)], [line])
        self._copy = None
        return self.table.fetch()
