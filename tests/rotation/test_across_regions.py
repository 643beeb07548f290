"""Work under way when the writing region moved; replication is simulated: see tests/mirror.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from moto import mock_aws

from chalicelib.aws.clients import client
from chalicelib.vault.state import HeartbeatStatus, Where
from tests.mirror import HOME, THERE, Mirror, build, standing

from .world import SITE, World, put_up, world_of


@dataclass
class Moving:
    """A secret in a site with an engine; its heartbeat was offered in the old region."""

    mirror: Mirror
    world: World


@pytest.fixture
def moving() -> Iterator[Moving]:
    with mock_aws():
        mirror = build()
        with standing(HOME, "node-a"):
            world = world_of(SITE, *put_up(SITE))
            world.rotation.offering.heartbeats(Where.ENGINE, world.now)
            yield Moving(mirror, world)


def queues_there() -> None:
    for name in (f"site-{SITE}", f"site-{SITE}-now"):
        client("sqs").create_queue(QueueName=f"conclave-test-{name}")


def test_work_claimed_in_the_old_region_is_answered_in_the_new(moving: Moving) -> None:
    world = moving.world
    (told,) = world.receive(f"site-{SITE}")
    handed = world.claim(str(told.body["item"]))
    moving.mirror.replicate()
    with standing(THERE, "node-west"):
        world.say(handed, world.performed(handed))
        world.take_answers()
        assert world.state.heartbeat is HeartbeatStatus.SUCCESS
        world.say(handed, world.performed(handed))
        world.take_answers()  # twice: it counts once
        assert world.state.heartbeat is HeartbeatStatus.SUCCESS


def test_work_that_nobody_claimed_in_the_old_region_is_offered_in_the_new(moving: Moving) -> None:
    """Queues are each region's own: the item expires by its row and is offered again."""
    world = moving.world
    moving.mirror.replicate()
    with standing(THERE, "node-west"):
        queues_there()
        world.round()
        assert world.state.heartbeat is not HeartbeatStatus.SUCCESS, "its message stayed behind"
        world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.SUCCESS)
