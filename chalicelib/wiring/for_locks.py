"""DoubleLocks: what opens them, what is under them."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter, ids
from .for_access import throttle, tokens, users
from .for_policies import search_indexing, secret_finder
from .vault_stores import lock_keys, lock_store, secret_store, secret_values

if TYPE_CHECKING:
    from chalicelib.access.principal import Principal
    from chalicelib.core.plain import Plain
    from chalicelib.vault.service import DoubleLockService, LockDesk, LockingService


@cache
def lock_desk() -> LockDesk:
    from chalicelib.vault.service import LockDesk

    return LockDesk(secret_finder(), lock_store(), lock_keys(), throttle(), committer(), _proves)


def _proves(who: Principal, password: Plain, now: datetime) -> bool:
    """Whether that is his log-in password."""
    person = users().get(who.user_id)
    return tokens().recheck(person, password, who.address, now)


@cache
def double_locks() -> DoubleLockService:
    from chalicelib.vault.service import DoubleLockService

    return DoubleLockService(lock_desk(), lock_store(), lock_keys(), counter(), committer(), ids())


@cache
def locking() -> LockingService:
    from chalicelib.vault.service import LockingService

    return LockingService(
        secret_finder(),
        lock_desk(),
        lock_store(),
        secret_store(),
        secret_values(),
        search_indexing(),
        committer(),
    )
