"""What one user finds again, his favourites; and what was done with one secret."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer
from .for_policies import secret_finder
from .for_vault import trail
from .vault_stores import secret_values

if TYPE_CHECKING:
    from chalicelib.vault.service import ColumnService, FavouriteService, SecretTrailService


@cache
def favourites() -> FavouriteService:
    from chalicelib.vault.service import FavouriteService
    from chalicelib.vault.store import FavouriteStore

    return FavouriteService(secret_finder(), FavouriteStore(), committer())


@cache
def secret_trail() -> SecretTrailService:
    from chalicelib.vault.service import SecretTrailService

    return SecretTrailService(secret_finder(), trail(), committer())


@cache
def columns() -> ColumnService:
    from chalicelib.vault.service import ColumnService

    return ColumnService(secret_finder(), secret_values(), committer())
