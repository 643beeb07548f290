"""Users, their log-ins and standing; the names that are taken; the administrators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.expressions.condition import size

from chalicelib.access.factor import Factor
from chalicelib.access.lockout import Lockout
from chalicelib.access.owners import Owners
from chalicelib.access.password import Former
from chalicelib.access.user import Login, Person, Standing, User, folded
from chalicelib.aws.commit import Check, Put, Update, Write
from chalicelib.aws.table import DataRow, Key, fetch, partition, read, typed
from chalicelib.core.clock import parse_stamp, stamp

from .rows import (
    ADMINISTRATORS,
    USERS,
    AdministratorsRow,
    FactorRow,
    FormerRow,
    GroupRow,
    LoginRow,
    NameRow,
    PrincipalRow,
    UserRow,
    factor_key,
    former_key,
    login_key,
    name_key,
    principal_key,
    user_key,
    versioned,
)
from .security_keys import KeysRow, keys_key, keys_of

BATCH = 100


class Users:
    """Reads users and makes the writes that change them."""

    def find(self, id: int) -> Person | None:
        """One user, consistently read. One BatchGetItem."""
        return self.find_with(id, ())[0]

    def find_with(self, id: int, extra: Sequence[Key]) -> tuple[Person | None, dict[Key, DataRow]]:
        """One user and other rows, as of one moment. One BatchGetItem."""
        keys = [user_key(id), login_key(id), principal_key(id), factor_key(id), keys_key(id)]
        rows = read([*keys, *extra])
        user = typed(rows, UserRow, user_key(id))
        login = typed(rows, LoginRow, login_key(id))
        principal = typed(rows, PrincipalRow, principal_key(id))
        factor = typed(rows, FactorRow, factor_key(id))
        shown = typed(rows, KeysRow, keys_key(id))
        others = {key: rows[key] for key in extra if key in rows}
        if user is None or login is None or principal is None:
            return None, others
        return Person(
            _user(user),
            _login(login),
            standing_of(principal),
            None if factor is None else factor_of(factor),
            None if shown is None else keys_of(shown),
        ), others

    def find_by_name(self, name: str) -> Person | None:
        return self.find_at_the_door(name, ())[0]

    def find_at_the_door(
        self, name: str, extra: Sequence[Key]
    ) -> tuple[Person | None, dict[Key, DataRow]]:
        """As many calls for a name that nobody has as for one that somebody has."""
        taken = fetch(NameRow, *name_key("user", folded(name)))
        return self.find_with(0 if taken is None else int(taken.owner), extra)

    def every(self) -> list[User]:
        """All users in order of their ids. One Query a MB."""
        return [_user(row) for row in partition(UserRow, USERS)]

    def by_ids(self, ids: Iterable[int]) -> dict[int, User]:
        rows = _read_all([user_key(id) for id in ids])
        return {int(row.id): _user(row) for row in rows if isinstance(row, UserRow)}

    def logins(self, ids: Iterable[int]) -> dict[int, Login]:
        rows = _read_all([login_key(id) for id in ids])
        return {int(row.user_id): _login(row) for row in rows if isinstance(row, LoginRow)}

    def standings(self, ids: Iterable[int]) -> dict[int, Standing]:
        rows = _read_all([principal_key(id) for id in ids])
        found = [standing_of(row) for row in rows if isinstance(row, PrincipalRow)]
        return {one.user_id: one for one in found}

    def with_factor(self, ids: Iterable[int]) -> tuple[frozenset[int], frozenset[int]]:
        """Those of these users who have an app, and those who have a security key."""
        rows = _read_all([key for id in ids for key in (factor_key(id), keys_key(id))])
        apps = (row.user_id for row in rows if isinstance(row, FactorRow) and row.confirmed)
        return numbers(apps), numbers(row.user_id for row in rows if isinstance(row, KeysRow))

    def added(self, person: Person) -> list[Write]:
        """A new user, if nobody has the name."""
        user = person.user
        name = NameRow(*name_key("user", folded(user.user_name)), owner=user.id)
        return [
            Put(name, NameRow.pk.does_not_exist()),
            self.saved(user),
            self.login_saved(person.login),
            self.standing_saved(person.standing),
        ]

    def saved(self, user: User) -> Write:
        row = UserRow(
            *user_key(user.id),
            id=user.id,
            user_name=user.user_name,
            display_name=user.display_name,
            email_address=user.email_address,
            enabled=user.enabled,
            is_application_account=user.is_application_account,
            personal_group_id=user.personal_group_id,
            needs_code=user.needs_code,
            mails_codes=user.mails_codes,
            needs_key=user.needs_key,
            owner_users=set(user.owners.users) or None,
            owner_groups=set(user.owners.groups) or None,
            created=stamp(user.created),
        )
        return Put(versioned(row, user.version))

    def login_saved(self, login: Login) -> Write:
        """The log-in as changed, if nothing else has changed it since it was read."""
        row = LoginRow(
            *login_key(login.user_id),
            user_id=login.user_id,
            password_hash=login.password_hash,
            changed_at=stamp(login.changed_at),
            failures=[stamp(at) for at in login.lockout.failures],
            locked_until=_stamped(login.lockout.locked_until),
            lock_reason=login.lockout.reason or None,
            last_login=_stamped(login.last_login),
            turn=(login.version or 0) + 1,
        )
        if login.version is None:
            return Put(row, LoginRow.pk.does_not_exist())
        return Put(row, LoginRow.turn == login.version)

    def login_stays(self, login: Login) -> Write:
        """Writes nothing, and fails if anything has changed it since it was read."""
        return Check(LoginRow, *login_key(login.user_id), LoginRow.turn == login.version)

    def former(self, id: int) -> Former:
        """The passwords that he had. One GetItem."""
        row = fetch(FormerRow, *former_key(id))
        if row is None:
            return Former()
        return Former(tuple(map(str, row.hashes)), _moment(row.own_at))

    def former_saved(self, id: int, former: Former) -> Write:
        """In one transaction with `login_saved`, whose condition is this one's too."""
        own_at = _stamped(former.own_at)
        return Put(FormerRow(*former_key(id), hashes=list(former.hashes), own_at=own_at))

    def logged_in(self, login: Login, now: datetime) -> Write:
        """Only the time of the log-in, so that several at once do not refuse each other."""
        row = LoginRow(*login_key(login.user_id))
        return Update(row, [LoginRow.last_login.set(stamp(now))], LoginRow.turn == login.version)

    def standing_saved(self, standing: Standing) -> Write:
        row = PrincipalRow(
            *principal_key(standing.user_id),
            user_id=standing.user_id,
            name=standing.name,
            display_name=standing.display_name,
            enabled=standing.enabled,
            generation=standing.generation,
            roles=set(standing.roles),
            groups=set(standing.groups),
            personal_group_id=standing.personal_group_id,
            clients=set(standing.clients) or None,
        )
        return Put(versioned(row, standing.version))


class Administrators:
    """The enabled users who hold the role Administrator themselves."""

    def fetch(self) -> frozenset[int]:
        row = fetch(AdministratorsRow, *ADMINISTRATORS)
        return frozenset() if row is None else frozenset(int(id) for id in row.ids)

    def first(self, id: int) -> Write:
        """The first one of a cluster: fails if there ever was another."""
        row = AdministratorsRow(*ADMINISTRATORS, ids={id})
        return Put(row, AdministratorsRow.pk.does_not_exist())

    def joined(self, id: int) -> Write:
        return Update(
            AdministratorsRow(*ADMINISTRATORS),
            [AdministratorsRow.ids.add({id}), AdministratorsRow.kind.set(AdministratorsRow)],
        )

    def stays(self, id: int) -> Write:
        """Writes nothing, and fails unless he is one."""
        return Check(AdministratorsRow, *ADMINISTRATORS, AdministratorsRow.ids.contains(id))

    def left(self, id: int, other: int) -> Write:
        """Fails if it is the last one, or the other one has left."""
        return Update(
            AdministratorsRow(*ADMINISTRATORS),
            [AdministratorsRow.ids.delete({id})],
            (size(AdministratorsRow.ids) > 1)  # type: ignore[no-untyped-call]
            & AdministratorsRow.ids.contains(other),
        )


def standing_of(row: PrincipalRow) -> Standing:
    return Standing(
        user_id=int(row.user_id),
        name=row.name,
        display_name=row.display_name,
        enabled=row.enabled,
        generation=int(row.generation),
        roles=numbers(row.roles),
        groups=numbers(row.groups),
        personal_group_id=int(row.personal_group_id),
        clients=numbers(row.clients),
        version=int(row.version),
    )


def numbers(values: Iterable[float] | None) -> frozenset[int]:
    return frozenset(int(value) for value in values or ())


def owners_of(row: UserRow | GroupRow) -> Owners:
    return Owners(numbers(row.owner_users), numbers(row.owner_groups))


def _user(row: UserRow) -> User:
    return User(
        id=int(row.id),
        user_name=row.user_name,
        display_name=row.display_name,
        created=parse_stamp(row.created),
        email_address=row.email_address,
        enabled=row.enabled,
        is_application_account=row.is_application_account,
        personal_group_id=int(row.personal_group_id),
        needs_code=bool(row.needs_code),
        mails_codes=bool(row.mails_codes),
        needs_key=bool(row.needs_key),
        owners=owners_of(row),
        version=int(row.version),
    )


def factor_of(row: FactorRow) -> Factor:
    return Factor(
        user_id=int(row.user_id),
        sealed=bytes(row.sealed),
        made_at=parse_stamp(row.made_at),
        confirmed=bool(row.confirmed),
        recovery=frozenset(row.recovery or ()),
    )


def _login(row: LoginRow) -> Login:
    return Login(
        user_id=int(row.user_id),
        password_hash=row.password_hash,
        changed_at=parse_stamp(row.changed_at),
        lockout=Lockout(
            tuple(parse_stamp(str(at)) for at in row.failures),
            _moment(row.locked_until),
            row.lock_reason or "",
        ),
        last_login=_moment(row.last_login),
        version=int(row.turn),
    )


def _stamped(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_stamp(text)


def _read_all(keys: Sequence[Key]) -> list[DataRow]:
    unique = list(dict.fromkeys(keys))
    rows: list[DataRow] = []
    for start in range(0, len(unique), BATCH):
        rows += read(unique[start : start + BATCH]).values()
    return rows
