"""The cluster's jobs: events about nodes, agents woken, sweeps, dead letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.aws.connection import connection
from chalicelib.cluster import tasks
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.dead_letters import Raised, is_news
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST
from chalicelib.core.errors import Unavailable
from chalicelib.core.tick import Tally, Tick
from tests.calls import Calls

from .conftest import NoTime, Time

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def tick(now: datetime = NOON, cursor: str = "") -> Tick:
    return Tick("job", now, now, now + timedelta(seconds=50), "node-a", cursor)


def events() -> list[tuple[str, str]]:
    rows = sorted(AuditRow.scan(), key=lambda row: row.sk)
    return [(row.action, row.item) for row in rows if row.action != "CREATE"]


@dataclass
class Waker:
    woken: list[str] = field(default_factory=list)

    def wake_agent(self, node: str) -> None:
        self.woken.append(node)


@pytest.fixture
def pair(agent_of: Callable[[str], Agent]) -> Callable[[str], Agent]:
    agent_of("node-a").run()
    agent_of("node-b").run()
    return agent_of


def test_an_unseen_node_is_raised_once_and_so_is_its_return(
    pair: Callable[[str], Agent], time: Time
) -> None:
    assert tasks.watch_nodes(tick(time.now)) == Tally(found=2, done=0)
    time.pass_by(timedelta(minutes=4))
    pair("node-a").run()
    assert tasks.watch_nodes(tick(time.now)) == Tally(found=2, done=1)
    assert tasks.watch_nodes(tick(time.now)) == Tally(found=2, done=0)
    time.pass_by(timedelta(seconds=1))
    pair("node-b").run()
    tasks.watch_nodes(tick(time.now))
    assert events() == [("UNSEEN", "node-b"), ("WELL", "node-b")]


def test_a_node_that_disagrees_is_raised(pair: Callable[[str], Agent], time: Time) -> None:
    replace(pair("node-b"), time=NoTime(timedelta(minutes=5))).run()
    tasks.watch_nodes(tick(time.now))
    assert events() == [("DISAGREES", "node-b")]


def test_watching_with_nothing_to_raise_costs_two_calls(
    pair: Callable[[str], Agent], time: Time, calls: Calls
) -> None:
    calls.clear()
    tasks.watch_nodes(tick(time.now))
    assert [one.operation for one in calls.seen] == ["GetItem", "Query"]


def test_agents_of_lagging_nodes_are_woken(
    pair: Callable[[str], Agent], time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker = Waker()
    nodes = replace(wiring.nodes(), functions=waker)
    monkeypatch.setattr(wiring, "nodes", lambda: nodes)
    assert tasks.run_node_tasks(tick(time.now)).done == 0
    gates, before = wiring.gate().store, wiring.gate().read()
    after = replace(before, nodes={**before.nodes, "node-b": FIRST})
    wiring.committer()([gates.rewrite(before, after)])  # type: ignore[attr-defined]
    assert tasks.run_node_tasks(tick(time.now)).done == 1
    assert waker.woken == ["node-b"]


def test_sweeps_run_in_turn_and_one_that_fails_hinders_no_other() -> None:
    ran: list[str] = []

    def first(_: Tick) -> Tally:
        ran.append("first")
        raise Unavailable("no answer")

    def second(_: Tick) -> Tally:
        ran.append("second")
        return Tally(found=2, done=1)

    with pytest.raises(Unavailable):
        tasks.swept(tick(), [first, second])
    assert ran == ["first", "second"]
    assert tasks.swept(tick(), [second, second]) == Tally(found=4, done=2)


def test_a_sweep_with_more_to_do_goes_on_in_the_next_slice() -> None:
    seen: list[str] = []

    def done(one: Tick) -> Tally:
        seen.append(f"done {one.cursor}".strip())
        return Tally(found=1)

    def sliced(one: Tick) -> Tally:
        seen.append(f"sliced {one.cursor}".strip())
        return Tally(found=1, cursor="" if one.cursor else "half:way")

    half = tasks.swept(tick(), [done, sliced, done])
    assert half == Tally(found=2, cursor="1:half:way")
    assert tasks.swept(tick(cursor=half.cursor), [done, sliced, done]) == Tally(found=2)
    assert seen == ["done", "sliced", "sliced half:way", "done"]


@pytest.mark.parametrize(
    ("before", "count", "news"),
    [
        (None, 0, False),
        (None, 1, True),
        (Raised(1, NOON), 1, False),
        (Raised(1, NOON), 2, True),
        (Raised(1, NOON - timedelta(hours=1)), 1, True),
        (Raised(1, NOON - timedelta(hours=1)), 0, False),
    ],
)
def test_when_dead_letters_are_news(before: Raised | None, count: int, news: bool) -> None:
    assert is_news(before, count, NOON) is news


def test_each_queues_dead_letters_are_seen_in_turn_and_raised_once(
    pair: Callable[[str], Agent], time: Time, calls: Calls
) -> None:
    url = connection().queue_url("web-dead")
    clients.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    calls.clear()
    for _ in range(2 * len(WORKERS)):
        tasks.run_housekeeping(tick(time.now))
        time.pass_by(timedelta(minutes=1))
    assert events() == [("DEAD LETTERS", "web")]
    assert calls.count("sqs") == 2 * len(WORKERS)
