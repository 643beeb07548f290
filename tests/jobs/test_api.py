"""Diagnostics over HTTP: how jobs and queues stand, and what an admin may do about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.catalogue import BY_NAME, LATER, OPERATIONS
from chalicelib.core.messages import encode, message
from chalicelib.core.tick import Tally
from tests.house import House, open_house


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def job(house: House, slug: str = "heartbeat") -> Any:
    return house.admin.get(f"/api/v1/jobs/{slug}").json


def run_once(name: str = "HeartbeatMonitor") -> datetime:
    now = datetime.now(UTC)
    wiring.jobs().run(BY_NAME[name], now, now, now + timedelta(minutes=1), lambda _: Tally(3, 2, 1))
    return now.replace(second=0, microsecond=0)


def test_the_contracts_triggers_have_the_guides_names_and_honest_states(house: House) -> None:
    at = run_once()
    rows = {one["jobName"]: one for one in house.admin.get("/api/v1/diagnostics/quartz-jobs").json}
    assert set(rows) == {one.name for one in OPERATIONS} | LATER.keys()
    row = rows["HeartbeatMonitor"]
    assert row["triggerState"] == "WAITING"
    assert row["previousFireTime"].startswith(at.strftime("%Y-%m-%dT%H:%M"))
    since = at - datetime(1, 1, 1, tzinfo=UTC)
    assert row["previousFireTicks"] // 10**7 // 60 == int(since.total_seconds()) // 60
    assert rows["EventQueueMonitor"]["previousFireTime"] is None


def test_what_is_not_in_this_version_is_told_by_name_and_never_runs(house: House) -> None:
    assert not LATER.keys() & BY_NAME.keys()
    rows = {one["jobName"]: one for one in house.admin.get("/api/v1/diagnostics/quartz-jobs").json}
    for name in LATER:
        times = rows[name]["previousFireTime"], rows[name]["nextFireTime"]
        assert (rows[name]["triggerState"], *times) == ("NONE", None, None), name
    named = {one["name"] for one in house.admin.get("/api/v1/jobs").json}
    assert not LATER.keys() & named


def test_a_job_shows_what_its_last_run_did_and_when_the_next_is(house: House) -> None:
    run_once()
    shown = job(house)
    assert shown["lastRun"]["node"] == "node-a"
    assert [shown["lastRun"][name] for name in ("found", "done", "failed")] == [3, 2, 1]
    assert 0 < shown["secondsUntilNextRun"] <= 60
    [run] = house.admin.get("/api/v1/jobs/heartbeat/runs").json
    assert run["durationSeconds"] >= 0


def test_a_paused_job_has_no_next_run_until_it_is_resumed(house: House) -> None:
    assert house.admin.post("/api/v1/jobs/heartbeat/pause").json["state"] == "PAUSED"
    assert job(house)["nextRun"] is None
    assert house.admin.post("/api/v1/jobs/heartbeat/resume").json["state"] == "WAITING"


def test_run_now_goes_to_the_queue_that_people_wait_for(house: House) -> None:
    house.admin.post("/api/v1/jobs/heartbeat/run-now")
    assert waiting("background-now") == 1


def test_due_heartbeats_are_offered_now_to_engines_and_here(house: House) -> None:
    answer = house.admin.post("/api/v1/configuration/heartbeat/run-now")
    assert answer.json == {"success": True}
    assert waiting("background-now") == 2


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [
        ("heartbeat", {"everyMinutes": 15}, 200),
        ("heartbeat", {"schedule": "cron(0 4 ? * SUN *)"}, 200),
        ("heartbeat", {"everyMinutes": 0}, 400),
        ("heartbeat", {"everyMinutes": 7}, 400),
        ("heartbeat", {"schedule": "every minute"}, 400),
        ("heartbeat", {}, 400),
        ("node-clustering", {"everyMinutes": 15}, 400),
        ("no-such-job", {"everyMinutes": 15}, 404),
    ],
)
def test_a_schedule_is_taken_or_refused_with_a_reason(
    house: House, slug: str, body: dict[str, Any], status: int
) -> None:
    answer = house.admin.put(f"/api/v1/jobs/{slug}/schedule", body)
    assert answer.status == status
    if status == 200:
        assert answer.json["schedule"].startswith("cron(")
    else:
        assert answer.message


def test_errors_are_shown_and_cleared(house: House) -> None:
    now = datetime.now(UTC)

    def fail(_: object) -> Tally:
        raise KeyError("a text that is not ours")

    with pytest.raises(KeyError):
        wiring.jobs().run(BY_NAME["HeartbeatMonitor"], now, now, now + timedelta(minutes=1), fail)
    assert (job(house)["state"], job(house)["error"]) == ("ERROR", "KeyError")
    assert house.admin.post("/api/v1/diagnostics/clear-quartz-job-errors").json is True
    assert job(house)["error"] == ""


def test_dead_letters_are_listed_without_bodies_replayed_and_dropped(house: House) -> None:
    now = datetime.now(UTC)
    for number in (1, 2):
        letter = message(
            f"{number:032}", "site.item", now, timedelta(hours=1), {"item": "x"}, "why"
        )
        clients.client("sqs").send_message(
            QueueUrl=connection().queue_url("site-1-dead"), MessageBody=encode(letter)
        )
    path = "/api/v1/queues/site-1/dead-letters"
    rows = house.admin.get(path).json
    assert {one["id"] for one in rows} == {f"{1:032}", f"{2:032}"}
    assert "item" not in json.dumps(rows).replace("site.item", "")
    assert house.admin.post(f"{path}/{1:032}/replay").json is True
    assert house.admin.request("DELETE", f"{path}/{2:032}").json is True
    assert house.admin.get(path).json == []
    assert waiting("site-1") == 1
    assert house.admin.post(f"{path}/{1:032}/replay").status == 404


def waiting(queue: str) -> int:
    answer = clients.client("sqs").get_queue_attributes(
        QueueUrl=connection().queue_url(queue), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
