"""PostgreSQL roles: a login proves a password, ALTER ROLE with a SCRAM verifier changes it.

The driver is pg8000: pure Python, so it installs on Lambda without a platform wheel, and it takes
a line that we have opened, so the certificate is compared with its pin before the driver says a
word. (psycopg brings libpq, which checks authorities and names but knows no pins, and 12 MB.)
"""

from __future__ import annotations

import secrets

from chalicelib.core.plain import Plain

from .scram import SALT_BYTES, verifier
from .target import (
    USUAL,
    Checked,
    Limits,
    Login,
    NotBegun,
    NotOpened,
    Outcome,
    Refused,
    Target,
    Uncertain,
    shut_out,
)

LINE_CUT = ("57", "58", "XX", "08")  # classes after which the server may or may not have done it
POLICY = ("22023", "28P01", "22")  # what password-checking extensions raise

REFUSALS: dict[str, str] = {
    "42501": "the role may not change that password",
    "42704": "there is no such role",
    "25006": "the server takes no writes",
}


class Postgresql:
    """Changer of PostgreSQL roles. The plain password never reaches the server."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits

    def verify(self, target: Target, login: Login) -> Checked:
        from .pg_session import opened

        if wrong := _wrong(target, login):
            return Checked(Outcome.ARGUMENT, detail=wrong)
        try:
            with opened(target, login, self._limits) as session:
                return Checked(Outcome.SUCCESS, session.pin)
        except NotOpened as shut:
            return shut.checked

    def change(
        self, target: Target, login: Login, new: Plain, privileged: Login | None = None
    ) -> str | None:
        from .pg_session import opened

        wrong = _wrong(target, login) or (_wrong(target, privileged) if privileged else "")
        if wrong:
            raise NotBegun(wrong, Outcome.ARGUMENT)
        statement = _alter(login.username, new)
        try:
            with opened(target, privileged or login, self._limits) as session:
                if not session.takes_verifiers():
                    too_old = "the server is older than SCRAM"
                    raise NotBegun(too_old, Outcome.INCOMPATIBLE, session.pin)
                _conclude(session.run(statement))
                return session.pin
        except NotOpened as shut:
            raise shut_out(shut.checked, privileged) from None
        except TimeoutError:
            raise Uncertain("the line was cut while the password was being changed") from None


def _alter(username: str, new: Plain) -> str:
    """The statement. The verifier holds only letters, digits and `+/=:$-`: it needs no escape."""
    return (
        f"ALTER ROLE {quoted(username)} PASSWORD '{verifier(new, secrets.token_bytes(SALT_BYTES))}'"
    )


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _conclude(sqlstate: str | None) -> None:
    """Return if the server has confirmed; raise if not. A refused statement changes nothing."""
    if sqlstate is None:
        return
    if sqlstate.startswith(LINE_CUT):
        raise Uncertain(f"the server broke off (SQLSTATE {sqlstate})")
    if sqlstate.startswith(POLICY):
        raise Refused(f"the server's rules refuse it (SQLSTATE {sqlstate})", policy=True)
    reason = REFUSALS.get(sqlstate, "the server refused the change")
    raise Refused(f"{reason} (SQLSTATE {sqlstate})")


def _wrong(target: Target, login: Login) -> str:
    """Why this cannot be tried, "" if it can."""
    if not target.machine or not 0 <= target.port <= 65535:
        return "there can be no such machine and port"
    if not login.username or "\0" in login.username + target.database + login.password.reveal():
        return "there can be no such role, database or password"
    return ""
