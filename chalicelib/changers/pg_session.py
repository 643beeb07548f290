"""One PostgreSQL connection with one password try: the part of `postgresql` that needs pg8000."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Timer
from typing import Any

from pg8000.core import CoreConnection  # type: ignore[import-untyped]
from pg8000.exceptions import (  # type: ignore[import-untyped]
    DatabaseError,
    InterfaceError,
)
from scramp import ScramException  # type: ignore[import-untyped]

from .target import Checked, Limits, Login, NotOpened, Outcome, Target

USUAL_PORT = 5432
USUAL_DATABASE = "postgres"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
CLEARTEXT, MD5, SASL_CONTINUE = 3, 5, 11
MOST_ITERATIONS = 1_000_000  # more is an attack on this machine's time
FIRST_SCRAM_VERSION = 10

SQLSTATES: tuple[tuple[str, Outcome, str], ...] = (
    ("28P01", Outcome.FAILED, "the server refused the password"),
    ("28000", Outcome.DENIED, "the role may not log in from here"),
    ("3D000", Outcome.ARGUMENT, "there is no such database"),
    ("42501", Outcome.DENIED, "the role may not connect to this database"),
    ("53300", Outcome.UNREACHABLE, "the server has no connection left"),
    ("57P", Outcome.UNREACHABLE, "the server is starting or stopping"),
)

FAULTS: tuple[tuple[tuple[type[Exception], ...], Outcome, str], ...] = (
    ((ScramException,), Outcome.INCOMPATIBLE, "the server does not know this password itself"),
    ((UnicodeError, OverflowError), Outcome.ARGUMENT, "there can be no such target"),
    ((ssl.SSLError,), Outcome.INCOMPATIBLE, "no TLS with this server"),
    ((OSError,), Outcome.UNREACHABLE, "nobody answers there"),
)


class OneTry(CoreConnection):  # type: ignore[misc]  # pg8000 has no types
    """pg8000's connection, that gives no password away in the clear to whoever listens."""

    def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: object) -> None:  # noqa: N802
        code = struct.unpack_from("!i", data)[0]
        if code in (CLEARTEXT, MD5) and not isinstance(self._usock, ssl.SSLSocket):
            raise _shut(Outcome.INCOMPATIBLE, "the server wants a password without TLS or SCRAM")
        iterations = re.search(rb",i=(\d{1,20})", data) if code == SASL_CONTINUE else None
        if iterations and int(iterations[1]) > MOST_ITERATIONS:
            raise _shut(Outcome.INCOMPATIBLE, "the server wants too much work for one login")
        super().handle_AUTHENTICATION_REQUEST(data, context)

    def close(self) -> None:
        """Never hides the error that led here behind one of its own."""
        with suppress(InterfaceError, OSError):
            super().close()


@dataclass(frozen=True, slots=True)
class Session:
    """A login that succeeded. `pin` is None where the server has no TLS."""

    connection: OneTry
    line: socket.socket
    pin: str | None
    limits: Limits

    def takes_verifiers(self) -> bool:
        """Whether the server knows SCRAM: an older one would store the verifier as a password."""
        version = re.match(r"\d+", self.connection.parameter_statuses.get("server_version", ""))
        return version is not None and int(version[0]) >= FIRST_SCRAM_VERSION

    def run(self, statement: str) -> str | None:
        """Run a statement: None once it is confirmed, the SQLSTATE if the server said no.

        Raises TimeoutError when it is not known how it ended.
        """
        try:
            with _at_most(self.limits.step, self.line):
                self.connection.execute_simple(statement)
        except DatabaseError as error:
            return _sqlstate(error)
        except (InterfaceError, OSError, struct.error):
            raise TimeoutError("the line was cut") from None
        return None


@contextmanager
def opened(target: Target, login: Login, limits: Limits) -> Iterator[Session]:
    """A session, closed at the end. Raises NotOpened."""
    pin: str | None = None
    try:
        line, pin = _reach(target, limits)
        with _at_most(limits.login, line):
            connection = _log_in(target, login, line)
    except NotOpened as shut:
        raise NotOpened(Checked(shut.checked.outcome, shut.checked.pin or pin, str(shut))) from None
    except Exception as error:
        raise NotOpened(_lesson(error, pin)) from None
    try:
        yield Session(connection, line, pin, limits)
    finally:
        connection.close()
        line.close()


def _reach(target: Target, limits: Limits) -> tuple[socket.socket, str | None]:
    """A line to the right host, under TLS where it has TLS. Nothing secret was sent yet."""
    address = (target.machine, target.port or USUAL_PORT)
    line = socket.create_connection(address, limits.connect.total_seconds())
    try:
        line.settimeout(limits.step.total_seconds())
        return _greet(line, target.pins)
    except BaseException:
        line.close()
        raise


def _greet(line: socket.socket, pins: tuple[str, ...]) -> tuple[socket.socket, str | None]:
    """Ask for TLS. A host that had a certificate once is never spoken to without."""
    line.sendall(SSL_REQUEST)
    match line.recv(1):
        case b"S":
            return _pinned(_wrapped(line), pins)
        case b"N" if pins:
            raise _shut(Outcome.PIN_MISMATCH, "the host had a certificate and now has none")
        case b"N":
            return line, None
        case _:
            raise _shut(Outcome.INCOMPATIBLE, "this is no PostgreSQL server")


def _wrapped(line: socket.socket) -> ssl.SSLSocket:
    """TLS without names and authorities: the pin alone says whether this is the host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(line)


def _pinned(line: ssl.SSLSocket, pins: tuple[str, ...]) -> tuple[socket.socket, str]:
    pin = pin_of(line.getpeercert(binary_form=True) or b"")
    if pins and pin not in pins:
        line.close()
        shown = "the host shows another certificate than the one known"
        raise NotOpened(Checked(Outcome.PIN_MISMATCH, pin, shown))
    return line, pin


def pin_of(certificate: bytes) -> str:
    """The digest of a certificate's public key: it survives a renewal with the same key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(certificate).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return "tls-key SHA256:" + base64.b64encode(digest.digest()).decode().rstrip("=")


def _log_in(target: Target, login: Login, line: socket.socket) -> OneTry:
    return OneTry(
        user=login.username,
        host=target.machine,
        database=target.database or USUAL_DATABASE,
        password=login.password.reveal(),
        sock=line,
        ssl_context=False,
        application_name="conclave",
        startup_params={"client_encoding": "UTF8"},
    )


@contextmanager
def _at_most(limit: timedelta, line: socket.socket) -> Iterator[None]:
    """The whole block within `limit`: a server that drips bytes does not hold us for ever."""

    def cut() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(limit.total_seconds(), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _lesson(error: Exception, pin: str | None) -> Checked:
    """What a failed login teaches. The error's own text is not passed on."""
    if isinstance(error, DatabaseError):
        return _server_s_no(_sqlstate(error), pin)
    if isinstance(error, InterfaceError) and "network" in str(error):
        return Checked(Outcome.UNREACHABLE, pin, "the server closed the line")
    for kinds, outcome, detail in FAULTS:
        if isinstance(error, kinds):
            return Checked(outcome, pin, detail)
    how = f"the server does not speak with us ({type(error).__name__})"
    return Checked(Outcome.INCOMPATIBLE, pin, how)


def _server_s_no(sqlstate: str, pin: str | None) -> Checked:
    for known, outcome, detail in SQLSTATES:
        if sqlstate.startswith(known):
            return Checked(outcome, pin, detail)
    return Checked(Outcome.UNKNOWN, pin, f"the server refused the login (SQLSTATE {sqlstate})")


def _sqlstate(error: Any) -> str:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return re.sub(r"[^0-9A-Z]", "", str(fields.get("C", "")))[:5] or "unknown"


def _shut(outcome: Outcome, detail: str) -> NotOpened:
    return NotOpened(Checked(outcome, detail=detail))
