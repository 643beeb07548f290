"""Handing a letter over: to SES, or to an SMTP server over verified TLS and nothing less."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.near import is_near
from chalicelib.core.plain import Plain

from . import clients
from .faults import known_faults

SECONDS = 10
FOR_GOOD = 500
"""From here on an SMTP server's answers say that trying again is of no use."""

REFUSED_BY_SES = frozenset(
    {"MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException"}
)


class Letter(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> Plain: ...


class Settings(Protocol):
    """settings.mail.MailSettings fits."""

    @property
    def sender(self) -> str: ...
    @property
    def sender_name(self) -> str: ...
    @property
    def server(self) -> str: ...
    @property
    def reached_at(self) -> int: ...
    @property
    def implicit(self) -> bool: ...
    @property
    def user(self) -> str: ...


@dataclass(frozen=True)
class Post:
    """refused:  the error for what is refused for good
    password: of the SMTP server's user
    allowed:  `host:port` that may be reached although they are near
    context:  verifies the server's certificate by its name
    """

    refused: type[Exception]
    password: Callable[[Any], Plain]
    allowed: Callable[[], Collection[str]]
    clock: Clock
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def __call__(self, letter: Letter, settings: Settings) -> None:
        """Hand one letter over. Repeated, it is a second copy under the same Message-ID.

        Raises `refused`, or Unavailable: try again later. No error quotes what the server said.
        """
        made = self._written(letter, settings)
        if settings.server:
            self._by_smtp(made, letter, settings)
        else:
            self._by_ses(made, letter, settings)

    def _written(self, letter: Letter, settings: Settings) -> EmailMessage:
        made = EmailMessage()
        made["From"] = Address(settings.sender_name, addr_spec=settings.sender)
        made["To"] = Address(addr_spec=letter.address)
        made["Subject"] = letter.subject
        made["Date"] = format_datetime(self.clock())
        made["Message-ID"] = f"<{letter.id}@{settings.sender.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(letter.text.reveal())
        return made

    def _by_ses(self, made: EmailMessage, letter: Letter, settings: Settings) -> None:
        from botocore.exceptions import ClientError

        try:
            with known_faults("sending mail by SES"):
                clients.client("sesv2").send_email(
                    FromEmailAddress=settings.sender,
                    Destination={"ToAddresses": [letter.address]},
                    Content={"Raw": {"Data": made.as_bytes()}},
                )
        except Unavailable as error:
            cause = error.__cause__
            code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""
            if code in REFUSED_BY_SES:
                raise self.refused(f"SES refuses it: {code}") from None
            raise

    def _by_smtp(self, made: EmailMessage, letter: Letter, settings: Settings) -> None:
        try:
            with self._connected(settings) as server:
                if settings.user:
                    server.login(settings.user, self.password(settings).reveal())
                server.send_message(made, settings.sender, [letter.address])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise self._judged("the recipient", code) from None
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            raise self._judged("the mail", error.smtp_code) from None
        except smtplib.SMTPResponseException as error:
            raise Unavailable(f"the SMTP server answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unavailable(f"the SMTP server: {_told(error)}") from None

    def _judged(self, what: str, code: int) -> Exception:
        text = f"the SMTP server refused {what} with {code}"
        return self.refused(text) if code >= FOR_GOOD else Unavailable(text)

    def _connected(self, settings: Settings) -> smtplib.SMTP:
        host, port = settings.server, settings.reached_at
        address = self._admitted(host, port)
        if settings.implicit:
            secured: smtplib.SMTP = _OverTls(address, host, port, self.context())
            return secured
        server = _Plain(address, host, port)
        try:
            server.starttls(context=self.context())
        except BaseException:
            server.close()
            raise
        return server

    def _admitted(self, host: str, port: int) -> str:
        """The address that the name has now. Raises Unavailable for none, or one too near."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unavailable("the SMTP server's name has no address") from None
        address = str(found[0][4][0])
        if is_near(address) and f"{host}:{port}" not in self.allowed():
            raise Unavailable("the SMTP server is too near: list it as a loopback target")
        return address


class _Plain(smtplib.SMTP):
    """Connects to the address that was looked at; the certificate is checked by the name."""

    def __init__(self, address: str, host: str, port: int) -> None:
        self._address = address
        super().__init__(host, port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self._address, port), timeout)


class _OverTls(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def __init__(self, address: str, host: str, port: int, context: ssl.SSLContext) -> None:
        self._address, self._by = address, context
        super().__init__(host, port, timeout=SECONDS, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self._address, port), timeout)
        return self._by.wrap_socket(plain, server_hostname=host)


def _told(error: Exception) -> str:
    """What may be said of an error: its kind, and what is wrong with a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it offers no STARTTLS, or no way to log in"
    return type(error).__name__
