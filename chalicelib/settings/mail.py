"""How mail leaves: through SES, or through an SMTP server where one is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,255}", re.ASCII)
STARTTLS_PORT, TLS_PORT = 587, 465


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What administrators set. Without a sender no mail is written.

    server:   of SMTP; "" for SES
    port:     0 stands for the usual one
    implicit: TLS from the first byte; else by STARTTLS, without which nothing is sent
    user:     logs in by this name; "" for nobody
    sealed:   his password
    version:  of the stored row, 0 for none
    """

    sender: str = ""
    sender_name: str = "Conclave"
    server: str = ""
    port: int = 0
    implicit: bool = False
    user: str = ""
    sealed: bytes = field(default=b"", repr=False)
    version: int = 0

    @property
    def is_on(self) -> bool:
        return bool(self.sender)

    @property
    def by_smtp(self) -> bool:
        return bool(self.server)

    @property
    def reached_at(self) -> int:
        """The port that counts."""
        return self.port or (TLS_PORT if self.implicit else STARTTLS_PORT)


@dataclass(frozen=True, slots=True)
class MailChange:
    """Settings by their name, checked; and the password, where that is changed ("": none)."""

    values: Mapping[str, Any]
    password: Plain | None = None

    def told(self) -> str:
        """What the trail says: names and values, of the password that it was changed."""
        texts = [f"{name}: {value}" for name, value in sorted(self.values.items())]
        return ", ".join([*texts, *(["password"] if self.password is not None else [])])


def changed(before: MailSettings, change: MailChange) -> MailSettings:
    """The settings with the change. Raises Invalid where they contradict each other."""
    after = replace(before, **change.values)
    if after.server != before.server and before.sealed and change.password is None:
        raise Invalid("With another smtpServer give smtpPassword anew, or an empty one.")
    if after.server and not after.sender:
        raise Invalid("fromEmailAddress is required where smtpServer is set.")
    return after


def address_of(name: str, value: object) -> str:
    """An e-mail address, or "". Raises Invalid."""
    text = value.strip() if isinstance(value, str) else None
    if text is None or (text and not ADDRESS.fullmatch(text)):
        raise Invalid(f"{name} is empty, or an e-mail address such as vault@example.com.")
    return text


def host_of(name: str, value: object) -> str:
    text = value.strip() if isinstance(value, str) else None
    if text is None or (text and not _HOST.fullmatch(text)):
        raise Invalid(f"{name} is empty, or the name or address of a host.")
    return text


def line_of(name: str, value: object) -> str:
    """A short text of one line."""
    text = value.strip() if isinstance(value, str) else None
    if text is None or len(text) > 256 or (text and not text.isprintable()):
        raise Invalid(f"{name} has at most 256 printable characters.")
    return text
