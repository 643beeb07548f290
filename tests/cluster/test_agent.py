"""The agent on moto: makes the cluster, joins it, follows the boxes, heals drift, stands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import SCHEMA, VERSION, wiring
from chalicelib.aws import clients, keyring
from chalicelib.aws.commit import Committer
from chalicelib.aws.counters import Counter
from chalicelib.aws.keyring import Keyring, KeyringRow
from chalicelib.aws.mappings import Mapping, Mappings
from chalicelib.aws.schedules import Schedules
from chalicelib.aws.table import fetch
from chalicelib.catalogue import OPERATIONS
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST, STANDBY, Bar, Code, Wanted
from chalicelib.cluster.hands import Keys
from chalicelib.cluster.here import here
from chalicelib.cluster.node import Made, lags
from chalicelib.cluster.plan import Actual, CreateMapping, Step
from chalicelib.cluster.store import Nodes
from chalicelib.core.errors import Unavailable
from tests.calls import AwsCall, Calls, watching
from tests.counts import full_or

from .conftest import NoTime, Time

AgentOf = Callable[[str], Agent]


def mappings(node: str) -> dict[str, Mapping]:
    return {one.name: found for one in WORKERS for found in Mappings().of(one.lambda_name(node))}


def schedules(node: str) -> dict[str, bool]:
    return Schedules().names(f"conclave-test-{node}")


def tick_boxes(node: str, wanted: Wanted) -> None:
    gates = wiring.gate().store
    before = wiring.gate().read()
    after = replace(before, nodes={**before.nodes, node: wanted})
    wiring.committer()([gates.rewrite(before, after)])  # type: ignore[attr-defined]


def elsewhere(agent: Agent) -> Agent:
    """The agent in a process of its own: with its own copies of keys and ids."""
    ring = Keyring(wiring.clock())
    commit = Committer(ring, wiring.bus(), wiring.clock(), wiring.ids())
    keys = Keys(ring, wiring.clock())
    return replace(agent, keys=keys, commit=commit, next_id=Counter().next)


def test_the_first_node_makes_the_cluster_with_all_boxes_on(begun: AgentOf) -> None:
    gate = wiring.gate().read()
    assert gate.nodes == {"node-a": FIRST}
    assert gate.version == VERSION
    assert gate.fingerprint == wiring.keyring().fingerprint()
    assert gate.cluster_id == wiring.keyring().cluster_id()


def test_an_agent_of_newer_code_never_overwrites_the_keyring(begun: AgentOf) -> None:
    before = keyring.stored().serialize()
    newer = Code("99.0.0", SCHEMA + 1)
    for name in ("node-a", "node-b"):
        replace(begun(name), code=newer).run()
    assert keyring.stored().serialize() == before


def test_one_run_makes_mappings_and_schedules_and_switches_them_on(agent_of: AgentOf) -> None:
    report = agent_of("node-a").run()
    assert report.failed == ()
    found = mappings("node-a")
    assert set(found) == {one.name for one in WORKERS}
    assert all(one.enabled and one.partial for one in found.values())
    assert schedules("node-a") == dict.fromkeys([one.slug for one in OPERATIONS], True)
    heartbeat = Schedules().get("conclave-test-node-a", "heartbeat")
    assert heartbeat.job == "HeartbeatMonitor"
    assert heartbeat.max_age_seconds == 60
    assert heartbeat.queue_arn.endswith(":conclave-test-background")


def test_a_later_node_joins_as_a_standby_with_everything_off(begun: AgentOf) -> None:
    begun("node-b").run()
    assert wiring.gate().read().nodes == {"node-a": FIRST, "node-b": STANDBY}
    assert not any(one.enabled for one in mappings("node-b").values())
    assert not any(schedules("node-b").values())
    assert [one.name for one in Nodes().all()] == ["node-a", "node-b"]
    assert len({one.id for one in Nodes().all()}) == 2


@pytest.mark.parametrize("number", full_or(range(1, 10), (2, 5, 8)))
def test_two_agents_at_once_make_one_cluster(agent_of: AgentOf, number: int) -> None:
    """Node b's whole run falls after each of the calls by which node a begins the cluster."""
    made: list[AwsCall] = []

    def interrupt(call: AwsCall) -> None:
        made.append(call)
        if len(made) == number:
            elsewhere(agent_of("node-b")).run()

    with watching(after=interrupt):
        agent_of("node-a").run()
    gate = wiring.gate().read()
    assert sorted(gate.nodes) == ["node-a", "node-b"] == [one.name for one in Nodes().all()]
    assert sorted(gate.nodes.values(), key=str) == sorted([FIRST, STANDBY], key=str)
    row = fetch(KeyringRow, "keyring", "keyring")
    assert row is not None
    assert (row.cluster_id, row.fingerprint) == (gate.cluster_id, gate.fingerprint)
    assert gate.barred == {}


def test_an_unticked_box_switches_its_mappings_off_and_no_others(begun: AgentOf) -> None:
    tick_boxes("node-a", replace(FIRST, background=False))
    begun("node-a").run()
    on = {name for name, one in mappings("node-a").items() if one.enabled}
    assert on == {"web", "engine_response", "recording"}
    assert not any(schedules("node-a").values())


def test_a_node_taken_out_stops_and_goes_on_when_taken_in(begun: AgentOf) -> None:
    tick_boxes("node-a", replace(FIRST, in_cluster=False))
    begun("node-a").run()
    assert not any(one.enabled for one in mappings("node-a").values())
    tick_boxes("node-a", FIRST)
    begun("node-a").run()
    assert all(one.enabled for one in mappings("node-a").values())
    assert all(schedules("node-a").values())


def test_drift_heals(begun: AgentOf, time: Time) -> None:
    found = mappings("node-a")
    clients.client("lambda").update_event_source_mapping(
        UUID=found["web"].id, Enabled=False, FunctionResponseTypes=[]
    )
    Mappings().delete(found["recording"].id)
    Schedules().delete("conclave-test-node-a", "heartbeat")
    begun("node-a").run()
    healed = mappings("node-a")
    assert all(one.enabled and one.partial for one in healed.values())
    assert healed["recording"].id != found["recording"].id
    assert all(schedules("node-a").values())


def test_a_schedule_changed_by_hand_is_set_right_within_half_an_hour(
    begun: AgentOf, time: Time
) -> None:
    group = "conclave-test-node-a"
    right = Schedules().get(group, "heartbeat")
    Schedules().update(group, replace(right, cron="cron(0 0 * * ? *)"))
    time.pass_by(timedelta(minutes=20))
    begun("node-a").run()
    assert Schedules().get(group, "heartbeat") == right


def test_a_changed_interval_reaches_the_schedule(begun: AgentOf, time: Time) -> None:
    who = _Who()
    wiring.jobs().reschedule(who, "heartbeat", "cron(0/10 * * * ? *)", time.now)
    wiring.jobs().pause(who, "node-tasks", time.now, paused=True)
    begun("node-a").run()
    changed = Schedules().get("conclave-test-node-a", "heartbeat")
    assert (changed.cron, changed.max_age_seconds) == ("cron(0/10 * * * ? *)", 600)
    assert schedules("node-a")["node-tasks"] is False


def test_queues_of_sites_are_made_with_their_dead_letters(agent_of: AgentOf) -> None:
    agent = agent_of("node-a")
    with_site = replace(agent, wanted=replace(agent.wanted, sites=lambda: [1, 7]))
    with_site.run()
    sqs = clients.client("sqs")
    names = ("site-7", "site-7-dead", "site-7-now", "site-7-now-dead")
    urls = {
        name: sqs.get_queue_url(QueueName=f"conclave-test-{name}")["QueueUrl"] for name in names
    }
    own = sqs.get_queue_attributes(QueueUrl=urls["site-7"], AttributeNames=["All"])["Attributes"]
    assert own["VisibilityTimeout"] == "360"
    assert '"maxReceiveCount": 5' in own["RedrivePolicy"]
    assert not with_site.run().done


def test_a_tick_with_nothing_to_do_costs_thirteen_calls(begun: AgentOf, calls: Calls) -> None:
    """Gate and row, jobs, sites, schedules, each function's mappings, a queue, and the stamp."""
    begun("node-a").run()  # what a process reads once, it has read
    calls.clear()
    assert not begun("node-a").run().done
    assert len(calls.seen) == 6 + len(WORKERS)
    assert calls.count("dynamodb") == 4
    assert calls.count("kms") == 0


def test_the_row_says_how_the_node_is(begun: AgentOf, time: Time) -> None:
    node = Nodes().all()[0]
    gate = wiring.gate().read()
    assert node.stamp.seen_at == time.now
    assert (node.stamp.version, node.stamp.fingerprint) == (VERSION, gate.fingerprint)
    assert not lags(node, gate, time.now)
    tick_boxes("node-a", replace(FIRST, engine=False))
    assert lags(node, wiring.gate().read(), time.now)


def test_a_clock_that_is_off_bars_the_node_until_it_is_right(begun: AgentOf) -> None:
    off = replace(begun("node-a"), time=NoTime(timedelta(seconds=31)))
    assert off.run().bar is Bar.CLOCK
    assert not any(one.enabled for one in mappings("node-a").values())
    assert not any(schedules("node-a").values())
    assert here(wiring.gate().read(), "node-a").maintenance
    assert begun("node-a").run().bar is None
    assert all(one.enabled for one in mappings("node-a").values())


@dataclass(frozen=True)
class OtherKeys:
    """A node that has keys, but not the cluster's; or none (KMS refuses)."""

    told: str

    def ensure(self, cluster_id: str) -> bool:
        return False

    def cluster_id(self) -> str:
        return "other"

    def fingerprint(self) -> str:
        if not self.told:
            raise Unavailable("opening the keyring by KMS failed: AccessDeniedException")
        return self.told


@pytest.mark.parametrize("told", ["another cluster's", ""])
def test_wrong_keys_bar_one_node_and_others_go_on(begun: AgentOf, told: str) -> None:
    begun("node-b").run()
    tick_boxes("node-b", FIRST)
    assert replace(begun("node-b"), keys=OtherKeys(told)).run().bar is Bar.KEY
    assert begun("node-a").run().bar is None
    assert not any(one.enabled for one in mappings("node-b").values())
    assert all(one.enabled for one in mappings("node-a").values())


def test_a_node_whose_keys_do_not_open_still_joins_and_says_so(begun: AgentOf) -> None:
    assert replace(begun("node-b"), keys=OtherKeys("")).run().bar is Bar.KEY
    assert wiring.gate().read().barred == {"node-b": Bar.KEY}


def test_a_cluster_of_a_newer_version_bars_an_older_node(begun: AgentOf) -> None:
    gates, before = wiring.gate().store, wiring.gate().read()
    newer = replace(before, version="99.0.0")
    wiring.committer()([gates.rewrite(before, newer)])  # type: ignore[attr-defined]
    assert begun("node-a").run().bar is Bar.VERSION
    assert not any(one.enabled for one in mappings("node-a").values())


@dataclass
class Hands:
    """Hands that a throttle hinders."""

    inner: Any
    refuse: Callable[[Step], bool]
    refused: list[Step] = field(default_factory=list)

    def queue_arn(self, name: str) -> str:
        return str(self.inner.queue_arn(name))

    def schedule_role_arn(self) -> str:
        return str(self.inner.schedule_role_arn())

    def look(self, made: Made, thoroughly: bool) -> Actual:
        actual: Actual = self.inner.look(made, thoroughly)
        return actual

    def held(self, queue: str) -> int | None:
        count: int | None = self.inner.held(queue)
        return count

    def apply(self, step: Step) -> None:
        if self.refuse(step):
            self.refused.append(step)
            raise Unavailable("creating an event source mapping failed: TooManyRequests")
        self.inner.apply(step)


def _maps_recording(step: Step) -> bool:
    return isinstance(step, CreateMapping) and "recording" in step.feed.function


def test_a_throttled_step_waits_for_the_next_tick_and_hinders_no_other(agent_of: AgentOf) -> None:
    agent = agent_of("node-a")
    hands = Hands(agent.hands, _maps_recording)
    report = replace(agent, hands=hands).run()
    assert len(report.failed) == 1
    assert set(mappings("node-a")) == {one.name for one in WORKERS} - {"recording"}
    node = Nodes().all()[0]
    assert "TooManyRequests" in node.stamp.error
    assert lags(node, wiring.gate().read(), node.stamp.seen_at)
    assert agent_of("node-a").run().failed == ()
    assert all(one.enabled for one in mappings("node-a").values())
    assert Nodes().all()[0].stamp.error == ""


@dataclass
class SlowHands(Hands):
    """AWS takes a while: after each step, the next `looks` show mappings still settling."""

    looks: int = 3
    slow: int = 0

    def look(self, made: Made, thoroughly: bool) -> Actual:
        actual: Actual = self.inner.look(made, thoroughly)
        if not self.slow:
            return actual
        self.slow -= 1
        under_way = tuple(replace(one, settled=False) for one in actual.mappings)
        return replace(actual, mappings=under_way)

    def apply(self, step: Step) -> None:
        super().apply(step)
        self.slow = self.looks


def test_an_agent_waits_for_a_slow_aws_within_its_run(agent_of: AgentOf) -> None:
    agent, pauses = agent_of("node-a"), list[float]()
    slow = SlowHands(agent.hands, lambda _: False)
    report = replace(agent, hands=slow, pause=pauses.append).run()
    assert report.applied
    assert 6 <= len(pauses) <= 10
    assert all(one.enabled for one in mappings("node-a").values())


def test_a_box_ticked_while_the_agent_works_is_followed_in_the_same_run(
    begun: AgentOf,
) -> None:
    """The second run that the box has woken meets the first one; neither undoes the other."""
    agent = begun("node-b")
    ticks = iter([True])

    def ticked_meanwhile(_seconds: float) -> None:
        if next(ticks, False):
            tick_boxes("node-b", FIRST)
            elsewhere(begun("node-b")).run()

    report = replace(agent, pause=ticked_meanwhile).run()
    assert report.applied == "in background engine recording"
    assert all(one.enabled for one in mappings("node-b").values())
    assert all(schedules("node-b").values())
    assert not lags(Nodes().all()[1], wiring.gate().read(), agent.clock())


def test_a_node_lags_while_aws_has_not_settled(agent_of: AgentOf) -> None:
    agent, pauses = agent_of("node-a"), list[float]()
    stuck = SlowHands(agent.hands, lambda _: False, looks=1000)
    report = replace(agent, hands=stuck, pause=pauses.append).run()
    assert not report.applied
    assert sum(pauses) <= 20
    node = Nodes().all()[0]
    assert lags(node, wiring.gate().read(), node.stamp.seen_at)


def test_joining_is_on_the_trail(agent_of: AgentOf) -> None:
    trail: list[Any] = []
    agent = agent_of("node-a")

    def commit(writes: Sequence[Any], audit: Sequence[Any] = ()) -> None:
        trail.extend(audit)
        agent.commit(writes, audit)

    replace(agent, commit=commit).run()
    assert [(one.action, one.kind, one.item) for one in trail] == [("CREATE", "Node", "node-a")]


@dataclass(frozen=True)
class _Who:
    user_id: int = 1
    address: str = ""
