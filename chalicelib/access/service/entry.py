"""Those at the door, what holds there, and the tokens that they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.access.lockout import Strictness
from chalicelib.access.role import Definitions
from chalicelib.access.security_key import Shown
from chalicelib.access.session import LIFE, MARGIN, Token, begin, shown_agent
from chalicelib.access.user import Person
from chalicelib.core.audit import AuditRecord
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain

from .ports import Commit, Random, Sessions, Write

UNKNOWN = "unknown"
"""What the audit calls a user whom nobody knows: the typed name may be a password."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens as the client is given them, once. `expires_in` in seconds, less than they live."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = int((LIFE - MARGIN).total_seconds())


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door.

    code:  of his second factor; empty for none
    agent: what he says he comes with: a browser, a library
    shown: a security key, in place of a code
    """

    user_name: str = field(repr=False)
    password: Plain
    address: str
    code: Plain = field(default_factory=lambda: Plain(""))
    agent: str = ""
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds at the door now.

    region:  of a mirrored cluster, this process's own; "" of any other (see `cluster.region`)
    outside: whether it is outside the writing region
    wants_factor: of everybody; who has no second factor may only set one up
    """

    definitions: Definitions
    strictness: Strictness
    region: str = ""
    outside: bool = False
    wants_factor: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt, with what was found of it. `again`: not for the first time."""

    attempt: Attempt
    person: Person | None
    right: bool
    terms: Terms
    now: datetime
    again: bool


@dataclass(frozen=True)
class Issuing:
    """Begins sessions."""

    sessions: Sessions
    commit: Commit
    ids: Ids
    random: Random

    def issue(
        self, case: Case, person: Person, writes: Sequence[Write], client: int = 0, by: str = ""
    ) -> Issued:
        """Tokens of a new session, with the writes that let its user in; or Conflict.

        client: the application's account that signs in; 0 for a person
        by:     who vouches for him instead of password and factor; "" for nobody
        """
        id, now, attempt = person.user.id, case.now, case.attempt
        session_id = self.ids()
        access, refresh = (Token(id, session_id, self.random()) for _ in range(2))
        begun = begin(access, refresh, person.standing.generation, now, attempt.address)
        session = replace(
            begun,
            region=case.terms.region,
            enrols=_enrols(case, person) and not client and not by,
            agent=shown_agent(attempt.agent),
            client=client,
        )
        by = f"SDK client {client}" if client else by
        record = entry_line(id, "LOGIN", str(id), now, attempt.address, by)
        self.commit([self.sessions.begun(session), *writes], [record])
        return Issued(access.text(), refresh.text())


def _enrols(case: Case, person: Person) -> bool:
    return person.must_enrol or (case.terms.wants_factor and person.lacks_factor())


def entry_line(  # noqa: PLR0913 - the parts of an audit line
    actor: int, action: str, item: str, now: datetime, address: str, detail: str = ""
) -> AuditRecord:
    """A line of the audit about a user."""
    return AuditRecord(actor, action, "User", item, now, detail, address)
