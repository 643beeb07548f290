"""Escrow and wrapping anew: asked for through the API, done by the rotation function alone."""

from __future__ import annotations

import base64

import pytest

from chalicelib.aws import clients, keyring, keyring_changes
from chalicelib.aws.connection import connection
from chalicelib.core import sealing
from chalicelib.core.errors import Conflict, Invalid, StillUsed
from chalicelib.core.sealing import Opener
from tests.calls import Killed, killing_after

from .world import Asker, World, make


@pytest.fixture
def world(aws: None) -> World:
    return make(secrets=1)


def boxed_keys(opener: Opener) -> dict[int, bytes]:
    """The data keys that the holder of the escrow's private key finds in the keyring."""
    row = keyring.stored()
    return {
        int(one.id): base64.b64decode(
            opener.open(one.box, sealing.about_escrow(row.cluster_id, int(one.id))).reveal()
        )
        for one in row.keys
    }


def data_keys() -> dict[int, bytes]:
    row = keyring.stored()
    kms, found = clients.client("kms"), {}
    for one in row.keys:
        found[int(one.id)] = kms.decrypt(
            CiphertextBlob=one.wrapped,
            KeyId=connection().key_arn,
            EncryptionContext=keyring.context(row.cluster_id, int(one.id)),
        )["Plaintext"]
    return found


def ask(world: World, public: bytes) -> None:
    world.keys.escrow(Asker(), public, world.clock())


def test_all_data_keys_are_boxed_and_each_new_one_at_its_making(world: World) -> None:
    opener = Opener.fresh()
    ask(world, opener.public())
    assert world.keys.shown().is_escrow_pending
    assert world.step()
    assert not world.keys.shown().is_escrow_pending
    assert boxed_keys(opener) == data_keys()
    world.request()
    world.finish()
    assert len(boxed_keys(opener)) == 2
    assert boxed_keys(opener) == data_keys()


def test_another_escrow_key_takes_the_place_of_the_first_and_none_takes_boxes_out(
    world: World,
) -> None:
    first, second = Opener.fresh(), Opener.fresh()
    for one in (first, second):
        ask(world, one.public())
    while world.step():
        """Both messages; the first already brings what is wanted last."""
    assert boxed_keys(second) == data_keys()
    ask(world, b"")
    while world.step():
        """Until nothing is asked."""
    row = keyring.stored()
    assert not any(one.box for one in row.keys)
    assert row.escrow_key is None


def test_what_is_no_key_is_refused(world: World) -> None:
    for wrong in (b"short", b"\0" * 33):
        with pytest.raises(Invalid):
            ask(world, wrong)
    assert world.keys.shown().wishes.version == 0


def test_a_point_that_gives_no_secret_is_refused_before_it_is_stored(world: World) -> None:
    """Boxes to the zero point would open for everybody."""
    with pytest.raises(Invalid):
        ask(world, b"\0" * 32)
    assert keyring.stored().escrow_key is None


def test_wrapped_anew_everything_opens_and_the_wrappings_differ(world: World) -> None:
    before, keys = keyring.stored().keys[0].wrapped, data_keys()
    world.keys.rewrap(Asker(), world.clock())
    assert world.keys.shown().is_rewrap_pending
    world.step()
    assert not world.keys.shown().is_rewrap_pending
    assert keyring.stored().keys[0].wrapped != before
    assert data_keys() == keys
    world.open_everything()


def test_killed_at_any_call_it_is_done_by_the_same_message(world: World) -> None:
    number, died = 0, True
    while died:
        number += 1
        opener = Opener.fresh()
        ask(world, opener.public())
        try:
            with killing_after(number):
                world.step()
            died = False
        except Killed:
            world.restart()
        while world.step():
            """It comes again."""
        assert boxed_keys(opener) == data_keys()
    assert number > 4


def test_the_keyring_is_never_overwritten_by_one_that_was_read_before(world: World) -> None:
    """Two changes at once: the second does not undo the first."""
    late = keyring_changes.with_new_key(world.clock())
    world.request()
    world.step()
    now = keyring.stored()
    with pytest.raises(Conflict):
        world.commit_row(late.row)
    assert keyring.make_if_absent("d" * 32, world.clock) is False
    after = keyring.stored()
    assert (after.version, after.primary) == (now.version, now.primary)
    assert [one.wrapped for one in after.keys] == [one.wrapped for one in now.keys]
    world.open_everything()


def test_while_the_kms_key_is_replaced_it_is_refused(world: World) -> None:
    row = keyring.stored()
    row.next_arn = connection().key_arn + "0"
    row.save()
    with pytest.raises(StillUsed):
        world.keys.rewrap(Asker(), world.clock())
