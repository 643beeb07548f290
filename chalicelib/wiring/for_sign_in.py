"""Ways in besides the password."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, keyring
from .for_access import ceremonies, standings, tokens

if TYPE_CHECKING:
    from chalicelib.access.service.security_keys import KeyService


@cache
def security_keys() -> KeyService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.security_keys import KeyService

    return KeyService(
        store.Users(),
        standings(),
        store.Groups(),
        store.Sessions(),
        store.Keys(),
        store.Once(),
        ceremonies,
        tokens(),
        committer(),
        keyring().mac,
        secrets.token_bytes,
        secrets.token_urlsafe,
    )
