"""What one user finds again: his favourites."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer
from .for_policies import secret_finder

if TYPE_CHECKING:
    from chalicelib.vault.service import FavouriteService


@cache
def favourites() -> FavouriteService:
    from chalicelib.vault.service import FavouriteService
    from chalicelib.vault.store import FavouriteStore

    return FavouriteService(secret_finder(), FavouriteStore(), committer())
