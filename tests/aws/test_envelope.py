"""A sealed value opens in its own place, under its own key, unaltered; and nowhere else."""

import os
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.envelope import KEY_BYTES, Place, key_id_of, seal, unseal
from chalicelib.core.errors import Unsealable

KEY = os.urandom(KEY_BYTES)
HERE = Place("secret", "12", "password", 3)
VALUE = os.urandom(24)


def blob(place: Place = HERE, cluster: str = "c1") -> Any:
    return seal(KEY, 7, VALUE, cluster, place)


def test_a_value_opens_where_it_was_sealed() -> None:
    assert unseal(KEY, blob(), "c1", HERE) == VALUE
    assert key_id_of(blob()) == 7


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, kind="change"),
        replace(HERE, owner="13"),
        replace(HERE, field="notes"),
        replace(HERE, version=2),
        replace(HERE, owner="1", field="2password"),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(Unsealable):
        unseal(KEY, blob(), "c1", elsewhere)


def test_a_value_of_another_cluster_does_not_open() -> None:
    with pytest.raises(Unsealable):
        unseal(KEY, blob(), "c2", HERE)


def test_another_key_fails_at_the_commitment_before_anything_is_decrypted() -> None:
    with pytest.raises(Unsealable) as caught:
        unseal(os.urandom(KEY_BYTES), blob(), "c1", HERE)
    assert caught.value.__cause__ is None  # no InvalidTag: GCM was never asked


def test_every_flipped_bit_is_found() -> None:
    good = blob()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1
        if place in (1, 2, 3, 4):  # the key's id: it chooses a key, and is bound as well
            assert key_id_of(bytes(bad)) != 7
        with pytest.raises(Unsealable):
            unseal(KEY, bytes(bad), "c1", HERE)


@pytest.mark.parametrize("length", [0, 1, 50, 109])
def test_a_truncated_blob_is_none_of_ours(length: int) -> None:
    with pytest.raises(Unsealable):
        unseal(KEY, blob()[:length], "c1", HERE)


def test_the_same_value_never_seals_to_the_same_blob() -> None:
    assert len({blob() for _ in range(50)}) == 50
