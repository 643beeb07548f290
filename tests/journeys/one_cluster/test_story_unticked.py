"""Journey 2: a node's Background Worker is unticked; the other goes on, and no tick is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.cluster.functions import WORKERS, Role
from tests.journeys.cluster import Cluster, assert_run_once, minutes, now, within

pytestmark = pytest.mark.xdist_group("stories of one cluster")

AT_ONCE = 5
"""Seconds in which mappings and schedules follow a box on the local run."""
TWO_TICKS = 150
EVERY_MINUTE = "cron(* * * * ? *)"


def test_an_unticked_node_begins_nothing_and_ticks_go_on_through_the_other(
    cluster: Cluster,
) -> None:
    jobs = every_minute(cluster)
    within(TWO_TICKS, lambda: all(ticked(cluster, slug) for slug in jobs), "the first ticks")
    began = now()
    assert switched_on(cluster, "node-a") == everything("node-a")

    # Somebody unticks Background Worker on node-a: what feeds it is switched off.
    cluster.configure("node-a", enableBackgroundWorker=False)
    unticked = now()
    within(AT_ONCE, lambda: switched_on(cluster, "node-a") == engine_and_recording(), "off")
    assert switched_on(cluster, "node-b") == everything("node-b")

    # What people ask for, and two ticks, are done: by node-b, because nothing begins on node-a.
    for slug in jobs:
        cluster.run_now(slug)
    ticks = set(minutes(unticked, unticked + timedelta(minutes=2)))
    within(TWO_TICKS, lambda: all(ticked(cluster, slug) >= ticks for slug in jobs), "two ticks")
    for slug in jobs:
        since = [run for run in cluster.runs(slug) if run.started > unticked]
        assert {run.node for run in since} == {"node-b"}
        assert not any(run.error for run in since)

    # Throughout, every tick was run, and run once: the nodes' own logs know of no other run.
    for slug in jobs:
        runs = [run for run in cluster.runs(slug) if run.is_tick and run.at > began]
        assert [run.at for run in runs] == minutes(began, runs[-1].at)
        assert_run_once(cluster, slug)

    # He ticks it again, asking node-a itself, which takes its part again as fast.
    cluster.configure("node-a", via="node-a", enableBackgroundWorker=True)
    within(AT_ONCE, lambda: switched_on(cluster, "node-a") == everything("node-a"), "on again")


def every_minute(cluster: Cluster) -> dict[str, str]:
    """Slugs and names of the jobs that tick each minute."""
    rows = cluster.admin().get("/api/v1/jobs").json
    return {row["slug"]: row["name"] for row in rows if row["schedule"] == EVERY_MINUTE}


def switched_on(cluster: Cluster, node: str) -> set[str]:
    """The node's functions that are fed by a mapping; "schedules" when any of them is on."""
    mappings = cluster.aws.lambdas.list_event_source_mappings(MaxItems=100)["EventSourceMappings"]
    names = [
        one["FunctionArn"].rpartition(":")[2] for one in mappings if one["State"] != "Disabled"
    ]
    on = {name for name in names if name.startswith(f"conclave-{node}-")}
    group = f"conclave-demo-{node}"
    schedules = cluster.aws.scheduler.list_schedules(GroupName=group)["Schedules"]
    return on | {"schedules" for one in schedules if one["State"] == "ENABLED"}


def everything(node: str) -> set[str]:
    return {one.lambda_name(node) for one in WORKERS} | {"schedules"}


def engine_and_recording() -> set[str]:
    """What goes on at node-a without its background worker; bulk work is every node's."""
    return {one.lambda_name("node-a") for one in WORKERS if one.role is not Role.BACKGROUND}


def ticked(cluster: Cluster, slug: str) -> set[object]:
    return {run.at for run in cluster.runs(slug) if run.is_tick}
