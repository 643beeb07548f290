"""Applications that sign in by themselves: rules that let them in, and the accounts they make."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .lockout import MINUTE, Allowance, network
from .user import folded

PREFIX = "sdk-client-"
MOST_CLIENTS = 500
"""Of one user: their ids lie in the row that each of his requests reads."""

_CLIENT = re.compile(rf"{PREFIX}([0-9a-f-]{{36}})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever shows its onboarding key makes an account that acts as its user.

    sealed: the key, for this rule alone
    """

    id: int
    name: str
    user_id: int
    made_at: datetime
    details: str = ""
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ClientAccount:
    """An application that signs in with its own secret. address: from where it was made."""

    id: int
    client_id: str
    name: str
    user_id: int
    made_at: datetime
    secret_hash: str = field(repr=False)
    details: str = ""
    rule_id: int = 0
    address: str = ""

    def opens_with(self, secret: Plain) -> bool:
        return compare_digest(self.secret_hash, hashed(secret))


def client_id(text: str) -> str:
    """The id of an account as it is kept. Raises Invalid."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        raise Invalid("clientId is a UUID.") from None


def presented(text: str) -> str:
    """The id in what a token request calls its client; "" for none."""
    found = _CLIENT.fullmatch(text.strip())
    return found[1].lower() if found else ""


def hashed(secret: Plain) -> str:
    """What is kept of a secret; it is random, so SHA-256 will do."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


def onboarding_allowance(address: str) -> Allowance:
    return Allowance(("onboarding", network(address)), 10, MINUTE)


def client_allowance(client: str, address: str) -> Allowance:
    """Beside people's: an application that tries too often holds off nobody but itself."""
    return Allowance(("client", network(address)), 300, MINUTE, client, 60)


def finds(text: str, *within: str) -> bool:
    return folded(text) in folded("\n".join(within))
