"""Favourites: in a row of each user's, and noted with each secret, so that they end with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import NumberSetAttribute

from chalicelib.access.principal import MINE, partition_of
from chalicelib.aws.commit import Check, Delete, Put, Update, Write
from chalicelib.aws.table import DataRow, Key, fetch, typed

from .rows import SecretRow, secret_key

FAVOURITES = "favourites"
NOTED = "favourite#"
"""How the notes in a secret's partition begin; the user's id follows."""


class FavouritesRow(DataRow, discriminator="favourites"):
    """The ids of a user's favourite secrets."""

    ids = NumberSetAttribute(null=True)


class FavouriteNoteRow(DataRow, discriminator="favourite"):
    """That a secret is a user's favourite."""


class FavouriteStore:
    """Reads are consistent."""

    def keys(self) -> list[tuple[Any, str, str]]:
        """The row to read together with the session of whoever asks."""
        return [(FavouritesRow, MINE, FAVOURITES)]

    def in_rows(self, rows: Mapping[Key, Any], user_id: int) -> frozenset[int] | None:
        """A user's favourites among rows that somebody read; None when he never had any."""
        row = typed(dict(rows), FavouritesRow, _key(user_id))
        return _ids(row)

    def fetch(self, user_id: int) -> frozenset[int] | None:
        """The same as of now. One GetItem."""
        return _ids(fetch(FavouritesRow, *_key(user_id)))

    def mark(self, user_id: int, secret_id: int, known: frozenset[int] | None) -> list[Write]:
        """Note a secret as a favourite; fails if it is gone, or if `known` is none any more."""
        key = _key(user_id)
        if known is None:
            mine: Write = Put(
                FavouritesRow(*key, ids={secret_id}), FavouritesRow.pk.does_not_exist()
            )
        else:
            actions = [FavouritesRow.ids.add({secret_id})]
            mine = Update(FavouritesRow(*key), actions, FavouritesRow.pk.exists())
        return [
            Check(SecretRow, *secret_key(secret_id), SecretRow.pk.exists()),
            Put(FavouriteNoteRow(*_note_key(user_id, secret_id))),
            mine,
        ]

    def unmark(self, user_id: int, secret_id: int) -> list[Write]:
        """Have a secret be no favourite any more of a user who has had some."""
        actions = [FavouritesRow.ids.delete({secret_id})]
        return [
            Delete(FavouriteNoteRow(*_note_key(user_id, secret_id))),
            Update(FavouritesRow(*_key(user_id)), actions, FavouritesRow.pk.exists()),
        ]


def noted_in(key: Key) -> tuple[int, int] | None:
    """The user and the secret that a note is about; None for any other row of a secret's."""
    pk, sk = key
    if not sk.startswith(NOTED):
        return None
    return int(sk.removeprefix(NOTED)), int(pk.partition("#")[2])


def _key(user_id: int) -> Key:
    return (partition_of(user_id), FAVOURITES)


def _note_key(user_id: int, secret_id: int) -> Key:
    return (secret_key(secret_id)[0], f"{NOTED}{user_id}")


def _ids(row: FavouritesRow | None) -> frozenset[int] | None:
    return None if row is None else frozenset(int(one) for one in row.ids or ())
