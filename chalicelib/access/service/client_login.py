"""Applications at the door: their own secret for tokens that act as their user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access import sdk
from chalicelib.access.sdk import ClientAccount
from chalicelib.access.user import Person
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import LoginFailed, Throttled
from chalicelib.core.plain import Plain

from .entry import UNKNOWN, Attempt, Case, Issued, Issuing, Terms, entry_line
from .ports import Clients, Commit, Throttle, Users


@dataclass(frozen=True)
class ClientLogin:
    users: Users
    clients: Clients
    throttle: Throttle
    commit: Commit
    issuing: Issuing
    terms: Callable[[object], Terms]

    def log_in(
        self, client: str, secret: Plain, address: str, now: datetime, agent: str = ""
    ) -> Issued:
        """Tokens for an application's account. Four AWS calls.

        Raises LoginFailed in the same words as people's log-in, and Throttled. A wrong secret locks
        nothing: it is random, and nobody finds it by trying.
        """
        id = sdk.presented(client)
        allowance = sdk.client_allowance(id, address)
        if not self.throttle.take(allowance, now):
            raise Throttled(wait=allowance.window)
        account = self.clients.find(id)
        right = account is not None and account.opens_with(secret)
        owner = account.user_id if account is not None else 0
        person, rows = self.users.find_with(owner, [GATE_KEY])
        terms = self.terms(rows.get(GATE_KEY))
        if account is None or person is None or not right:
            record = entry_line(SYSTEM, "LOGIN_FAILED", UNKNOWN, now, address, "an SDK client")
            self.commit([], [record])
            raise LoginFailed
        if not _may_act(account, person, terms, address):
            why = f"SDK client {account.id} may not act as him, or not from this address"
            self.commit([], [entry_line(SYSTEM, "LOGIN_FAILED", str(owner), now, address, why)])
            raise LoginFailed
        attempt = Attempt(client, secret, address, agent=agent)
        case = Case(attempt, person, True, terms, now, False)
        return self.issuing.issue(case, person, [], account.id)


def _may_act(account: ClientAccount, person: Person, terms: Terms, address: str) -> bool:
    """Whether an application with the right secret comes in."""
    standing = person.standing
    known = standing.enabled and account.id in standing.clients
    return known and terms.definitions.admits(standing, address)
