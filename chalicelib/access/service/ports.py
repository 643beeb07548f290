"""What the services of access need of the world."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from chalicelib.access.factor import Factor
from chalicelib.access.lockout import Allowance
from chalicelib.access.mail_code import Challenge
from chalicelib.access.openid import Link, Provider
from chalicelib.access.password import Former
from chalicelib.access.principal import Principal
from chalicelib.access.restriction import Bound
from chalicelib.access.role import Definitions, Group, Role
from chalicelib.access.sdk import ClientAccount, Rule
from chalicelib.access.security_key import Place, SecurityKey, SecurityKeys, Shown
from chalicelib.access.session import Session
from chalicelib.access.user import Login, Person, Standing, User
from chalicelib.core.audit import AuditRecord
from chalicelib.core.plain import Plain
from chalicelib.mail.service import Posted

Write: TypeAlias = Any
"""One write of a change: made by a store, handed to the commit, never looked at."""

Random: TypeAlias = Callable[[], str]
"""A fresh random part of a token: 64 hex digits."""


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None:
        """Write all, with its audit, or nothing. Conflict: a condition does not hold any more."""


class Desk(Protocol):
    def post(
        self,
        kind: str,
        now: datetime,
        *,
        facts: Mapping[str, str] = ...,
        to: Mapping[int, Mapping[str, str]] | None = ...,
        about: str = ...,
    ) -> Posted:
        """A mail for somebody's commit; nothing while mail is off."""


class Seat(Protocol):
    def __call__(self, now: datetime) -> list[Write]:
        """The writes that take one seat of the licences. Raises Unlicensed when none is left."""


class Ids(Protocol):
    def next(self, kind: str) -> int:
        """An id of that kind that was never given before."""


class Hasher(Protocol):
    def hash(self, password: Plain) -> str: ...

    def matches(self, hashed: str, password: Plain) -> bool:
        """Takes as long for "", nobody's hash, as for anybody's."""

    def is_outdated(self, hashed: str) -> bool: ...


class Throttle(Protocol):
    def take(self, allowance: Allowance, now: datetime) -> bool:
        """Count one attempt; false when there were too many."""

    def taken(self, allowance: Allowance, now: datetime) -> Write:
        """The same as part of a change, which fails when there were too many."""

    def is_spent(self, allowance: Allowance, now: datetime) -> bool:
        """Whether there were too many, without counting."""


class Users(Protocol):
    def find(self, id: int) -> Person | None: ...

    def find_by_name(self, name: str) -> Person | None: ...

    def find_at_the_door(
        self, name: str, extra: Sequence[tuple[str, str]]
    ) -> tuple[Person | None, Mapping[tuple[str, str], Any]]: ...

    def find_with(
        self, id: int, extra: Sequence[tuple[str, str]]
    ) -> tuple[Person | None, Mapping[tuple[str, str], Any]]: ...

    def with_factor(self, ids: Iterable[int]) -> tuple[frozenset[int], frozenset[int]]: ...

    def every(self) -> list[User]: ...

    def by_ids(self, ids: Iterable[int]) -> dict[int, User]: ...

    def logins(self, ids: Iterable[int]) -> dict[int, Login]: ...

    def standings(self, ids: Iterable[int]) -> dict[int, Standing]: ...

    def added(self, person: Person) -> list[Any]: ...

    def saved(self, user: User) -> Write: ...

    def login_saved(self, login: Login) -> Write: ...

    def login_stays(self, login: Login) -> Write: ...

    def former(self, id: int) -> Former: ...

    def former_saved(self, id: int, former: Former) -> Write: ...

    def logged_in(self, login: Login, now: datetime) -> Write: ...

    def standing_saved(self, standing: Standing) -> Write: ...


class Factors(Protocol):
    def sealed(self, user_id: int, seed: Plain, at: datetime) -> Factor: ...

    def seed(self, factor: Factor) -> Plain: ...

    def begun(self, factor: Factor) -> Write: ...

    def confirmed(self, factor: Factor, recovery: Collection[str]) -> Write: ...

    def recovered(self, factor: Factor, recovery: str) -> Write: ...

    def removed(self, factor: Factor) -> Write: ...


class Keys(Protocol):
    def saved(self, keys: SecurityKeys) -> Write: ...

    def removed(self, keys: SecurityKeys) -> Write: ...


class Once(Protocol):
    """What is begun and finished once."""

    def keep(self, id: str, what: str, facts: Mapping[str, Any], ends: datetime) -> None: ...

    def take(self, id: str, what: str, now: datetime) -> Mapping[str, Any] | None: ...


class OpenIds(Protocol):
    """Providers of OpenID Connect, and the links from their subjects to users."""

    def providers(self) -> list[Provider]: ...

    def provider(self, id: int) -> Provider | None: ...

    def seal(self, id: int, secret: Plain) -> bytes: ...

    def secret(self, provider: Provider) -> Plain: ...

    def saved(self, provider: Provider) -> Write: ...

    def removed(self, provider: Provider) -> Write: ...

    def link(self, issuer: str, subject: str) -> Link | None: ...

    def links(self, user_id: int) -> list[Link]: ...

    def linked(self, link: Link) -> Write: ...

    def unlinked(self, link: Link) -> Write: ...


class Ceremonies(Protocol):
    """What is asked of browsers, and whether their answers hold: see `access.webauthn`."""

    def creation(
        self, place: Place, user: tuple[int, str], keys: SecurityKeys, challenge: bytes
    ) -> dict[str, Any]: ...

    def request(self, place: Place, challenge: bytes) -> dict[str, Any]: ...

    def registered(self, shown: Shown) -> tuple[str, int]: ...

    def asserted(self, shown: Shown, keys: SecurityKeys) -> tuple[SecurityKey, int]: ...


class Challenges(Protocol):
    def find(self, user_id: int, place: str) -> Challenge | None: ...

    def made(self, one: Challenge) -> Write: ...

    def give(self, one: Challenge, mac: str) -> None: ...

    def spent(self, one: Challenge) -> Write: ...


class Administrators(Protocol):
    def fetch(self) -> frozenset[int]: ...

    def first(self, id: int) -> Write: ...

    def joined(self, id: int) -> Write: ...

    def left(self, id: int, other: int) -> Write: ...

    def stays(self, id: int) -> Write: ...


class Sessions(Protocol):
    def read(
        self, session_id: str, user_id: int, extra: Sequence[tuple[str, str]] = ()
    ) -> tuple[Session | None, Standing | None, Mapping[tuple[str, str], Any]]: ...

    def standing(
        self, user_id: int, extra: Sequence[tuple[str, str]]
    ) -> tuple[Standing | None, Mapping[tuple[str, str], Any]]: ...

    def slide(self, session: Session) -> None: ...

    def of(self, user_id: int) -> list[Session]: ...

    def tokens_of(self, user_id: int) -> list[Session]: ...

    def begun(self, session: Session) -> Write: ...

    def made(self, token: Session) -> Write: ...

    def refreshed(self, before: Session, after: Session) -> Write: ...

    def enrolled(self, session_id: str, generation: int) -> Write: ...

    def regenerated(self, session_id: str, generation: int) -> Write: ...

    def ended(self, session_id: str, region: str = "") -> Write: ...


class Groups(Protocol):
    def definitions(self) -> Definitions: ...

    def members(self, group_id: int) -> frozenset[int]: ...

    def joined(self, group_id: int, user_id: int) -> Write: ...

    def left(self, group_id: int, user_id: int) -> Write: ...

    def role_saved(self, role: Role) -> Write: ...

    def group_saved(self, group: Group) -> Write: ...

    def named(self, what: str, owner: int, name: str, before: str = "") -> list[Any]: ...

    def unnamed(self, what: str, name: str) -> Write: ...


class Bindings(Protocol):
    """Who is bound to which addresses: see `RestrictionService`."""

    def bound(
        self, who: Principal, whom: Bound, ids: frozenset[int], now: datetime
    ) -> tuple[list[Write], list[AuditRecord]]: ...


class Clients(Protocol):
    def rules(self) -> list[Rule]: ...

    def seal(self, rule_id: int, key: Plain) -> bytes: ...

    def key(self, rule: Rule) -> Plain: ...

    def rule_made(self, rule: Rule) -> Write: ...

    def rule_removed(self, rule: Rule) -> Write: ...

    def find(self, client_id: str) -> ClientAccount | None: ...

    def accounts(self) -> list[ClientAccount]: ...

    def made(self, account: ClientAccount) -> Write: ...

    def removed(self, account: ClientAccount) -> Write: ...


class Epochs(Protocol):
    def bump(self, *epochs: str) -> Write:
        """Tell every process that its copies of those things are old."""


class SetupCode(Protocol):
    def fetch(self) -> tuple[str, datetime] | None: ...

    def spent(self, code_hash: str, now: datetime) -> Write: ...
