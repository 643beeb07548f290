"""The keyring: made once, never replaced, kept for minutes, useless under another key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients, keyring
from chalicelib.aws.connection import connection
from chalicelib.aws.envelope import Place
from chalicelib.aws.keyring import Keyring, KeyringRow
from chalicelib.aws.table import fetch
from chalicelib.core.errors import Unavailable
from chalicelib.core.plain import Plain
from tests.calls import Calls
from tests.canary import canary

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HERE = Place("secret", "1", "password", 1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> Any:
        return self.now


def stored() -> Any:
    return fetch(KeyringRow, *keyring.key())


@pytest.fixture
def ring(aws: None) -> Any:
    clock = Clock()
    keyring.make_if_absent("c" * 32, clock)
    return Keyring(clock)


def test_what_it_seals_it_opens(ring: Any) -> None:
    value = Plain(canary())
    assert ring.open(ring.seal(value, HERE), HERE).same(value)


def test_a_second_keyring_is_never_made(ring: Any) -> None:
    before = stored()
    assert keyring.make_if_absent("d" * 32, Clock()) is False
    after = stored()
    assert (after.cluster_id, after.keys[0].wrapped) == (before.cluster_id, before.keys[0].wrapped)


def test_a_warm_process_asks_kms_once_in_five_minutes(ring: Any, calls: Calls) -> None:
    blob = ring.seal(Plain(canary()), HERE)
    calls.clear()
    for _ in range(5):
        ring.open(blob, HERE)
    assert calls.count() == 0
    ring.clock.now += timedelta(minutes=5)
    ring.open(blob, HERE)
    assert (calls.count("kms"), calls.count()) == (1, 2)


def test_a_revoked_key_bites_within_five_minutes(ring: Any) -> None:
    blob = ring.seal(Plain(canary()), HERE)
    row = stored()
    row.keys[0].wrapped = b"\0" * 64  # moto enforces no disabled keys: a blob it refuses stands in
    row.save()
    ring.open(blob, HERE)
    ring.clock.now += timedelta(minutes=5)
    with pytest.raises(Unavailable):
        ring.open(blob, HERE)


def test_a_wrapped_key_opens_for_its_own_cluster_only(ring: Any) -> None:
    row = stored()
    row.cluster_id = "d" * 32
    row.save()
    with pytest.raises(Unavailable):
        Keyring(Clock()).fingerprint()


def test_the_fingerprint_in_the_row_is_what_the_keys_yield(ring: Any) -> None:
    assert stored().fingerprint == ring.fingerprint()


def test_nothing_of_a_keyring_prints(ring: Any) -> None:
    ring.seal(Plain(canary()), HERE)
    key = next(iter(ring._open.keys.values()))
    assert key.hex() not in repr(ring._open)
    assert repr(key) not in repr(ring._open)


def test_without_a_keyring_nothing_is_sealed(aws: None) -> None:
    with pytest.raises(Unavailable):
        wiring.keyring().seal(Plain(canary()), HERE)


def test_the_wrapping_key_is_the_clusters(ring: Any) -> None:
    [row] = stored().keys
    told = clients.client("kms").decrypt(
        CiphertextBlob=row.wrapped,
        KeyId=connection().key_arn,
        EncryptionContext=keyring.context("c" * 32, 1),
    )
    assert told["KeyId"] == connection().key_arn
