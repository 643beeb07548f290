"""An operation under way: it waits, ends, is overtaken and comes twice, and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

import app
from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.bulk.action import Kind
from chalicelib.bulk.operation import FORSAKEN, LIFE
from chalicelib.bulk.service import BulkWorker, Deeds
from chalicelib.bulk.service.ports import Doing, Key
from chalicelib.cluster.gate import FIRST
from chalicelib.cluster.licensing import Licensing
from chalicelib.core.errors import Unavailable
from chalicelib.core.tick import Tally
from tests.access.conftest import trail
from tests.bulk.world import SLICE, World, bare, cluster, routes, time, told, world
from tests.canary import canary
from tests.client import Context as Invocation
from tests.counts import full_or
from tests.vault.api import share

__all__ = ["bare", "cluster", "routes", "time", "world"]


OPENS = {"disable": "enable", "lock": "unlock"}


@dataclass
class Interrupted:
    """Deeds before one of which something else happens, once."""

    inner: Deeds
    at: int
    happens: Callable[[], object]

    def rows(self, id: int) -> Sequence[Key]:
        return self.inner.rows(id)

    def do(self, doing: Doing, id: int) -> None:
        if id == self.at:
            happens, self.happens = self.happens, lambda: None
            Context().run(happens)  # somebody else's: nothing of this turn goes with it
        self.inner.do(doing, id)

    def name(self, doing: Doing, id: int) -> str:
        return self.inner.name(doing, id)


def interrupted(world: World, at: int, happens: Callable[[], object]) -> BulkWorker:
    worker = world.worker()
    deeds = Interrupted(worker.deeds[Kind.SECRET], at, happens)
    return replace(worker, deeds={Kind.SECRET: deeds})


def maintenance(world: World, on: bool) -> None:
    nodes = {"node-a": replace(FIRST, maintenance=on)}
    world.rewrite(lambda gate: replace(gate, nodes=nodes))


def delayed() -> str:
    """How many messages wait on the queue."""
    name = "ApproximateNumberOfMessagesDelayed"
    asked = client("sqs").get_queue_attributes(
        QueueUrl=connection().queue_url("web"), AttributeNames=[name]
    )
    return str(asked["Attributes"][name])


def test_a_message_that_comes_again_is_dropped(world: World) -> None:
    ids = world.secrets(2)
    id = world.ask("deactivate", secretIds=ids)
    other = world.worker()
    dropped: list[bool] = []
    meanwhile = interrupted(world, ids[1], lambda: dropped.append(world.deliver(id, other)))
    assert world.deliver(id, meanwhile)
    assert not world.deliver(id)
    assert dropped == [False]
    assert told(ids, "DELETE") == [1, 1]
    assert world.progress(id)["statusMessage"] == "Finished: 2 of 2 done, 0 failed."


def test_a_worker_that_was_overtaken_changes_nothing_more(world: World) -> None:
    """It stood still for longer than its lease; another one has gone on meanwhile."""
    ids = world.secrets(4)
    id = world.ask("change-password-remotely", secretIds=ids)

    def overtake() -> None:
        world.cluster.time.pass_by(minutes=6)
        assert world.deliver(id)

    assert not world.deliver(id, interrupted(world, ids[2], overtake))
    assert told(ids, "PASSWORD CHANGE") == [1, 1, 1, 1]
    assert world.progress(id)["statusMessage"] == "Finished: 4 of 4 done, 0 failed."


def test_time_that_is_up_leaves_the_rest_to_another_slice(world: World) -> None:
    ids = world.secrets(5)
    id = world.ask("deactivate", secretIds=ids)
    began = world.cluster.time()

    def clock() -> datetime:
        world.cluster.time.pass_by(seconds=5)
        return world.cluster.time()

    world.worker(clock).run(id, began + SLICE)
    found = world.progress(id)
    assert (found["isComplete"], found["statusMessage"][:8]) == (False, "Running:")
    assert 0 < found["percentageComplete"] < 100
    assert world.work() == 2  # the first message comes again as well, and is dropped
    assert world.progress(id)["isComplete"]
    assert told(ids, "DELETE") == [1] * 5


def test_maintenance_mode_stops_it_and_it_goes_on_afterwards(world: World) -> None:
    ids = world.secrets(3)
    id = world.ask("deactivate", secretIds=ids)
    begins = interrupted(world, ids[1], lambda: maintenance(world, True))
    world.messages()
    world.deliver(id, begins)
    found = world.progress(id)
    assert found["statusMessage"].startswith("Waiting: 2 of 3 done, 0 failed. This node is in")
    assert delayed() == "1"
    assert world.messages() == [id]
    world.deliver(id)
    assert told(ids, "DELETE") == [1, 1, 0]
    maintenance(world, False)
    world.work()
    assert world.progress(id)["statusMessage"] == "Finished: 3 of 3 done, 0 failed."


def test_a_lapsed_licence_stops_it_until_there_is_another(world: World) -> None:
    ids = world.secrets(1)
    id = world.ask("deactivate", secretIds=ids)
    lapsed = Licensing("ab12", trial="2020-01-31", until="2020-12-31")
    world.rewrite(lambda gate: replace(gate, licensing=lapsed))
    world.deliver(id)
    assert world.progress(id)["statusMessage"].startswith("Waiting: 0 of 1 done")
    world.rewrite(lambda gate: replace(gate, licensing=Licensing()))
    world.work()
    assert told(ids, "DELETE") == [1]


def test_it_ends_before_the_next_item_when_that_is_asked_for(world: World) -> None:
    ids = world.secrets(3)
    id = world.ask("deactivate", secretIds=ids)
    path = f"/api/v1/bulk-operations/{id}/cancel"
    answers = []
    world.deliver(id, interrupted(world, ids[1], lambda: answers.append(world.ada.post(path))))
    assert answers[0].status == 200
    found = world.progress(id)
    assert (found["isComplete"], found["percentageComplete"]) == (True, 100)
    assert found["statusMessage"] == "Cancelled: 2 of 3 done, 0 failed."
    assert told(ids, "DELETE") == [1, 1, 0]
    assert world.ada.post(path).json["statusMessage"] == found["statusMessage"]
    assert {action for action, item, _ in trail() if item == id} == {
        "BULK OPERATION",
        "BULK OPERATION CANCEL REQUESTED",
        "BULK OPERATION CANCELLED",
    }


@pytest.mark.parametrize("how", full_or(["disable", "lock", "force-logout"], ["lock"]))
def test_who_is_shut_out_meanwhile_has_nothing_more_done(world: World, how: str) -> None:
    bob, password = world.cluster.make_user("bob")
    client = world.cluster.client.login("bob", password)
    ids = world.secrets(3)
    share(world.ada, world.folder, bob, "Owner")
    id = world.ask("deactivate", client, secretIds=ids)
    world.deliver(id, interrupted(world, ids[0], lambda: world.finished(how, userIds=[bob])))
    world.finished(OPENS.get(how, "unlock"), userIds=[bob])
    found = world.progress(id, world.cluster.client.login("bob", password))
    assert found["statusMessage"].startswith("Stopped: 1 of 3 done, 0 failed. Access denied")
    assert found["errors"][-1]["itemName"] == "2 that were left"
    assert told(ids, "DELETE") == [1, 0, 0]


def test_a_grant_that_is_lost_meanwhile_is_missed_at_its_item(world: World) -> None:
    bob, password = world.cluster.make_user("bob")
    client = world.cluster.client.login("bob", password)
    ids = world.secrets(2)
    grant = share(world.ada, world.folder, bob, "Owner")["id"]
    id = world.ask("deactivate", client, secretIds=ids)
    path = f"/api/v1/folder-permissions/{grant}"
    world.deliver(id, interrupted(world, ids[0], lambda: world.ada.delete(path)))
    found = world.progress(id, client)
    assert found["statusMessage"] == "Finished: 1 of 2 done, 1 failed."
    assert found["errors"] == [
        {"itemName": f"secret {ids[1]}", "errorMessage": "The secret was not found."}
    ]


def test_what_somebody_changes_meanwhile_is_done_on_the_change(world: World) -> None:
    ids = world.secrets(1)
    id = world.ask("disable-heartbeat", secretIds=ids)
    rename = {"data": {"name": {"dirty": True, "value": "renamed"}}}
    path = f"/api/v1/secrets/{ids[0]}/general"
    world.deliver(id, interrupted(world, ids[0], lambda: world.ada.patch(path, rename)))
    assert world.progress(id)["statusMessage"] == "Finished: 1 of 1 done, 0 failed."
    secret = world.stored(ids[0]).secret
    assert (secret.name, secret.switches.heartbeats) == ("renamed", False)


def test_an_item_that_breaks_something_holds_up_no_other_and_says_nothing(world: World) -> None:
    ids, secret = world.secrets(2), canary()
    id = world.ask("deactivate", secretIds=ids)

    def breaks() -> None:
        raise ValueError(secret)

    world.deliver(id, interrupted(world, ids[0], breaks))
    found = world.progress(id)
    assert found["statusMessage"] == "Finished: 1 of 2 done, 1 failed."
    assert "failed unexpectedly" in found["errors"][0]["errorMessage"]


def test_what_aws_does_not_answer_is_done_when_the_message_comes_again(world: World) -> None:
    ids = world.secrets(2)
    id = world.ask("deactivate", secretIds=ids)

    def fails() -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        world.deliver(id, interrupted(world, ids[1], fails))
    world.cluster.time.pass_by(minutes=6)
    assert world.deliver(id)
    assert told(ids, "DELETE") == [1, 1]
    assert world.progress(id)["statusMessage"] == "Finished: 2 of 2 done, 0 failed."


def test_an_operation_whose_message_is_lost_is_found_by_the_sweep(world: World) -> None:
    id = world.ask("deactivate", secretIds=world.secrets(1))
    world.messages()
    now = world.cluster.time
    assert wiring.bulk_worker().sweep(now()) == Tally()
    now.pass_by(seconds=FORSAKEN.total_seconds())
    assert wiring.bulk_worker().sweep(now()) == Tally(1, 1)
    world.work()
    assert wiring.bulk_worker().sweep(now() + timedelta(days=1)) == Tally()
    world.cluster.time.pass_by(minutes=-20)
    assert world.progress(id)["isComplete"]


def test_what_could_not_go_on_for_a_week_ends(world: World) -> None:
    ids = world.secrets(1)
    id = world.ask("deactivate", secretIds=ids)
    world.cluster.time.pass_by(days=LIFE.days)
    world.work()
    world.cluster.time.pass_by(days=-LIFE.days)
    found = world.progress(id)
    assert found["statusMessage"].startswith("Not finished in time: 0 of 1 done")
    assert found["errors"][0]["itemName"] == "1 that were left"
    assert world.stored(ids[0]).secret.is_active


def test_none_is_begun_during_an_upgrade(world: World) -> None:
    """A node of the version before would not know the message."""
    world.rewrite(lambda gate: replace(gate, upgrading=9))
    answer = world.asked("deactivate", secretIds=[1])
    assert (answer.status, "upgrade" in answer.message) == (503, True)


def test_a_node_without_the_background_worker_does_it(world: World) -> None:
    """What is handed to the `web` function, as Lambda hands it."""
    ids = world.secrets(1)
    world.ask("deactivate", secretIds=ids)
    nodes = {"node-a": replace(FIRST, background=False, engine=False)}
    world.rewrite(lambda gate: replace(gate, nodes=nodes))
    sqs, url = client("sqs"), connection().queue_url("web")
    [found] = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {"messageId": "m", "body": found["Body"], "attributes": {}, "receiptHandle": "r"}
    source = {"eventSourceARN": connection().queue_arn("web")}
    assert app.web({"Records": [record | source]}, Invocation()) == {"batchItemFailures": []}
    assert told(ids, "DELETE") == [1]


def test_an_applications_operation_has_its_tokens_scope_and_ends_with_it(world: World) -> None:
    ids, tokens = world.secrets(2), "/api/v1/api-token"
    narrow = "scope=View+Secret&scope=Edit+Secret"
    made = world.ada.get(f"{tokens}/generate-token?{narrow}").json["generatedToken"]["value"]
    client = world.ada.signed_in(made)
    found = world.finished("deactivate", client, secretIds=ids)
    assert found["statusMessage"] == "Finished: 0 of 2 done, 2 failed."
    assert not world.finished("enable-autochange", client, secretIds=ids[:1])["errors"]
    id = world.ask("enable-autochange", client, secretIds=ids)
    [kept] = world.ada.get(tokens).json["records"]
    assert world.ada.delete(f"{tokens}/{kept['id']}").status == 200
    world.work()
    assert world.progress(id)["statusMessage"].startswith("Stopped: 0 of 2 done")
    assert told(ids, "DELETE") == [0, 0]
    assert told(ids, "UPDATE") == [1, 0]
