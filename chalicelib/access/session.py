"""Sessions and their tokens: how they are written, how long they live, what a refresh does.

A token is `<user id>.<session id>.<random>`: ids to find the rows by, and a random part of which
only the SHA-256 is stored. A refresh token's random part has two halves: one that all tokens of its
session share, and one of its own. So an old one is told from one that was made up.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from chalicelib.core.errors import Unauthenticated

LIFE = timedelta(minutes=20)
MARGIN = timedelta(seconds=300)
"""What is taken off the advertised life: clients use a token that much longer than told."""

REFRESH_EXTRA = timedelta(minutes=15)
"""How long after its session's end a refresh token still works."""

OVERLAP = timedelta(minutes=2)
"""How long the token before a refresh still works, for the requests that are under way with it."""

SLIDE_EVERY = timedelta(minutes=1)
MOST_REFRESHES = 100
LONGEST_AGENT = 200

HALF = 32  # hex digits of each half of a random part
MOST_DIGITS = 10
_TOKEN = re.compile(
    rf"(?P<user>[1-9][0-9]{{0,{MOST_DIGITS - 1}}})\.(?P<session>[0-9a-f]{{32}})"
    rf"\.(?P<random>[0-9a-f]{{{2 * HALF}}})"
)


class Token:
    """A token as a client holds it. Does not print."""

    __slots__ = ("__random", "session_id", "user_id")

    def __init__(self, user_id: int, session_id: str, random: str) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.__random = random

    @classmethod
    def parse(cls, text: str) -> Token:
        """The token in a text. Raises Unauthenticated when it is none."""
        found = _TOKEN.fullmatch(text)
        if found is None:
            raise Unauthenticated
        return cls(int(found["user"]), found["session"], found["random"])

    def text(self) -> str:
        """As the client is given it, once."""
        return f"{self.user_id}.{self.session_id}.{self.__random}"

    def hash(self) -> str:
        return _hash(self.__random)

    def family(self) -> str:
        """Hash of the half that all refresh tokens of a session share."""
        return _hash(self.__random[:HALF])

    def next(self, random: str) -> Token:
        """The refresh token that follows: the same first half, and a new second one."""
        return Token(self.user_id, self.session_id, self.__random[:HALF] + random[:HALF])

    def __repr__(self) -> str:
        return f"Token({self.user_id}, ***)"


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in and what followed from it.

    token:       hash of the random part of the access token now in force
    earlier:     hash of the one before the last refresh, good until `earlier_until`
    refresh:     hash of the one refresh token that may be used
    family:      hash of what all its refresh tokens have in common
    generation:  must be its user's, or the session has been ended from there
    region:      of a mirrored cluster, where it was begun: only there its row is changed
    enrols:      its user may only set up the second factor that he is to have
    agent:       what its client said of itself
    client:      the application's account that began it; 0 for a person's
    name:        of an API token; "" for a session that began with a log-in
    scope:       the role permissions that it has at most; none: all its user's
    """

    id: str
    user_id: int
    generation: int
    started_at: datetime
    expires_at: datetime
    slid_at: datetime
    token: str = field(repr=False)
    refresh: str = field(repr=False)
    family: str = field(repr=False)
    refreshes: int = 0
    earlier: str = field(default="", repr=False)
    earlier_until: datetime | None = None
    address: str = ""
    region: str = ""
    enrols: bool = False
    agent: str = ""
    client: int = 0
    name: str = ""
    scope: frozenset[str] = frozenset()

    @property
    def number(self) -> int:
        """What its user calls it by: no two of his few sessions share one."""
        return int(self.id[:8], 16) & 0x7FFFFFFF

    @property
    def is_api_token(self) -> bool:
        return bool(self.name)

    def is_live(self, now: datetime) -> bool:
        """Whether somebody could still use it: now, or after a refresh."""
        return now < (self.expires_at if self.is_api_token else self.refreshable_until)

    @property
    def refreshable_until(self) -> datetime:
        return self.expires_at + REFRESH_EXTRA

    def admits(self, token: Token, now: datetime) -> bool:
        """Whether that access token opens this session now."""
        if token.user_id != self.user_id or now >= self.expires_at:
            return False
        presented = token.hash()
        if compare_digest(presented, self.token):
            return True
        until = self.earlier_until
        return until is not None and now < until and compare_digest(presented, self.earlier)

    def owns_refresh(self, token: Token) -> bool:
        """Whether that is a refresh token of this session at all, old or new."""
        return token.user_id == self.user_id and compare_digest(token.family(), self.family)

    def may_refresh(self, token: Token, now: datetime) -> bool:
        """Whether that is the one refresh token in force, in time, and not one too many."""
        return (
            self.owns_refresh(token)
            and compare_digest(token.hash(), self.refresh)
            and now < self.refreshable_until
            and self.refreshes < MOST_REFRESHES
        )

    def refreshed(self, access: Token, refresh: Token, now: datetime) -> Session:
        """The session once its tokens have been replaced."""
        return replace(
            self,
            token=access.hash(),
            refresh=refresh.hash(),
            earlier=self.token,
            earlier_until=min(self.expires_at, now + OVERLAP),
            expires_at=now + LIFE,
            slid_at=now,
            refreshes=self.refreshes + 1,
        )

    def is_of(self, region: str) -> bool:
        """Whether a process in that region may change it; "" is a cluster without a mirror."""
        return not self.region or not region or self.region == region

    def must_slide(self, now: datetime) -> bool:
        """Whether use should move its end now: once a minute, so most requests write nothing."""
        return not self.is_api_token and now - self.slid_at >= SLIDE_EVERY

    def slid(self, now: datetime) -> Session:
        return replace(self, expires_at=now + LIFE, slid_at=now)


def begin(access: Token, refresh: Token, generation: int, now: datetime, address: str) -> Session:
    """The session of a log-in that was just found good."""
    return Session(
        id=access.session_id,
        user_id=access.user_id,
        generation=generation,
        started_at=now,
        expires_at=now + LIFE,
        slid_at=now,
        token=access.hash(),
        refresh=refresh.hash(),
        family=refresh.family(),
        address=address,
    )


def shown_agent(text: str) -> str:
    """What a client says of itself, as it is kept: short, and nothing that does not print."""
    return "".join(one for one in text if one.isprintable())[:LONGEST_AGENT]


def _hash(random: str) -> str:
    return hashlib.sha256(random.encode()).hexdigest()
