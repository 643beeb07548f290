"""Rotation: a new primary key, everything sealed anew, and nobody is stopped meanwhile."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from chalicelib.aws import keyring
from chalicelib.aws.keyring import KEPT
from chalicelib.aws.table import fetch
from chalicelib.core.errors import StillUsed, Unavailable
from chalicelib.keys.rotation import Stage
from chalicelib.vault.store.rows import SecretRow, secret_key
from tests.calls import AwsCall, watching
from tests.counts import full_or

from .world import Asker, Process, World, blobs_by_key, make

NEW = 6
"""Secrets that are made meanwhile."""


@pytest.fixture
def world(aws: None) -> World:
    return make(secrets=3, most=3)


def test_everything_is_sealed_anew_under_a_new_key_and_the_old_one_stays(world: World) -> None:
    before = keyring.stored()
    assert set(blobs_by_key()) == {1}
    world.request()
    done = world.finish()
    assert done.stage is Stage.DONE
    assert set(blobs_by_key()) == {2}
    assert done.resealed == sum(blobs_by_key().values())
    after = keyring.stored()
    assert [int(one.id) for one in after.keys] == [1, 2]
    assert after.keys[0].wrapped == before.keys[0].wrapped
    assert (after.primary, after.fingerprint) == (2, before.fingerprint)
    world.open_everything()


def test_it_does_not_end_before_every_process_has_the_new_key(world: World) -> None:
    stale = world.process()
    stale.read(1)
    world.request()
    world.step()
    assert set(blobs_by_key()) == {2}
    world.clock.now += timedelta(minutes=2)
    stale.create(50)  # it still seals with the old key
    assert blobs_by_key()[1] == 1
    done = world.finish()
    assert set(blobs_by_key()) == {2}
    assert done.finished_at is not None
    assert done.made_at is not None
    assert done.finished_at - done.made_at > KEPT
    world.open_everything()


def test_a_process_with_old_keys_reads_what_a_new_one_sealed(world: World) -> None:
    stale = world.process()
    stale.read(1)
    world.request()
    world.step()
    world.process().update(1)
    assert stale.read(1)  # met a key it did not know, and asked once more
    assert stale.keyring.primary() == 2


def test_a_blob_that_a_slow_change_puts_back_is_found(world: World) -> None:
    slow = world.process()
    slow.begin_rename(2)
    world.request()
    world.step()
    assert set(blobs_by_key()) == {2}
    slow.end_rename()
    assert blobs_by_key()[1] == 1
    assert world.finish().stage is Stage.DONE
    assert set(blobs_by_key()) == {2}
    world.open_everything()


def test_rotated_again_and_again_everything_opens(world: World) -> None:
    for primary in (2, 3):
        world.request()
        assert world.finish().primary == primary
    assert set(blobs_by_key()) == {3}
    world.open_everything()
    assert world.process().keyring.fingerprint() == keyring.stored().fingerprint


class Traffic:
    """People at work between any two calls of the worker; nothing they do may fail."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)  # noqa: S311 - a repeatable story
        self.processes = [world.process() for _ in range(3)]
        self.ids = iter(range(101, 100 + NEW))
        self.done, self.away = 0, False

    def before(self, _: AwsCall) -> None:
        if self.away:
            return
        self.away = True
        self.world.clock.now += timedelta(seconds=self.chance.choice((0, 0, 1)))
        process = self.chance.choice(self.processes)
        if process.slow:
            process.end_rename()
        else:
            self.chance.choice((self.create, self.update, self.rename, self.read))(process)
        self.done += 1
        self.away = False

    def create(self, process: Process) -> None:
        if id := next(self.ids, 0):
            process.create(id)

    def update(self, process: Process) -> None:
        if free := self.free():
            process.update(self.chance.choice(free))

    def rename(self, process: Process) -> None:
        if free := self.free():
            process.begin_rename(self.chance.choice(free))

    def read(self, process: Process) -> None:
        process.read(self.chance.choice(list(self.world.values)))

    def free(self) -> list[int]:
        """Those that nobody is changing: a conflict would be between people."""
        held = {one.slow[1] for one in self.processes if one.slow}
        return [id for id in self.world.values if id not in held]


@pytest.mark.parametrize("seed", full_or(range(20), range(1)))
def test_reads_and_writes_never_stop_and_nothing_is_lost(aws: None, seed: int) -> None:
    world = make(secrets=4, most=8)
    traffic = Traffic(world, seed)
    world.request()
    with watching(before=traffic.before):
        for _ in range(60):
            if world.newest().is_over:
                break
            traffic.away = world.newest().is_over
            assert world.step()
            traffic.away = False
    assert world.newest().stage is Stage.DONE
    assert traffic.done > 50
    for process in traffic.processes:
        process.end_rename()
    assert set(blobs_by_key()) == {2}
    world.open_everything()


def test_a_value_that_does_not_open_is_left_alone_and_named(world: World) -> None:
    row = fetch(SecretRow, *secret_key(2))
    assert row is not None
    blob = bytearray(row.field_values[0].sealed)
    blob[-1] ^= 1
    row.field_values[0].sealed = bytes(blob)
    row.save()
    world.request()
    done = world.finish()
    assert done.stage is Stage.FAILED
    assert "1 values do not open" in done.message
    assert "secret#2/secret" in done.message
    assert blobs_by_key()[1] == 1


def test_cancelled_it_stops_and_what_is_sealed_either_way_opens(world: World) -> None:
    world.request()
    world.rotation.cancel(Asker(), world.clock())
    assert world.finish().message == "cancelled before a key was made"
    assert set(blobs_by_key()) == {1}
    world.request()
    while not world.newest().primary:  # what is left of the first one is dropped
        world.step()
    status = world.rotation.cancel(Asker(), world.clock())
    assert status.is_cancelling
    done = world.finish()
    assert done.stage is Stage.CANCELLED
    assert "data key 2 stays primary" in done.message
    world.open_everything()
    with pytest.raises(StillUsed):
        world.rotation.cancel(Asker(), world.clock())


def test_a_second_one_is_refused_and_one_that_was_forsaken_goes_on(world: World) -> None:
    world.request()
    with pytest.raises(StillUsed):
        world.request()
    world.line.waiting.clear()  # its message was dropped from the dead letters
    world.clock.now += timedelta(hours=1)
    world.request()
    assert world.finish().stage is Stage.DONE


def test_in_maintenance_mode_it_waits(world: World) -> None:
    world.read_only = True
    world.request()
    for _ in range(3):
        world.step()
    assert "maintenance" in world.newest().message
    assert set(blobs_by_key()) == {1}
    world.read_only = False
    assert world.finish().stage is Stage.DONE


def test_copies_of_a_message_do_it_once(world: World) -> None:
    world.request()
    for _ in range(3):
        world.line.waiting += world.line.waiting[:1]
        assert world.step()
    world.finish()
    assert world.newest().stage is Stage.DONE
    assert len(keyring.stored().keys) == 2


def test_what_fails_is_told_and_tried_again(world: World) -> None:
    world.request()

    def refuse(call: AwsCall) -> None:
        if call.operation == "Scan":
            raise Unavailable("the table does not answer")

    with watching(before=refuse), pytest.raises(Unavailable):
        world.step()
    found = world.newest()
    assert (found.message, found.lease_until) == ("the table does not answer", None)
    assert world.finish().stage is Stage.DONE
