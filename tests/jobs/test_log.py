"""The logs of Diagnostics, and clearing the cache: over HTTP, on moto."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.catalogue import BY_SLUG
from chalicelib.core.paging import Paging
from chalicelib.core.tick import Tally
from chalicelib.jobs.log import DEEPEST, MOST, Entry, Key
from chalicelib.jobs.run import Finished
from tests.calls import recording
from tests.house import House, open_house

DIAGNOSTICS = "/api/v1/diagnostics"
SYSTEM_LOG = "/api/v2/diagnostics/system-logs"
NOW = datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def ran(slug: str, minutes_ago: int, tally: Tally) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    wiring.jobs().run(BY_SLUG[slug], at, at, NOW, lambda _: tally)


def lines(house: House, path: str) -> list[str]:
    answer: str = house.admin.get(f"{DIAGNOSTICS}/{path}").json
    return answer.splitlines()


def test_every_run_is_logged_once_in_pages_and_by_kind(house: House) -> None:
    ran("heartbeat", 3, Tally(3, 2, 1))
    ran("local-password-change", 2, Tally(1, 1, 0))
    ran("local-heartbeat", 1, Tally())
    page: Any = house.admin.get(SYSTEM_LOG).json
    told = [(one["logLevel"], one["logMessage"]) for one in page["records"]]
    assert told == [
        ("Information", "Local Heartbeat Trigger Job: 0 found, 0 done, 0 failed."),
        ("Information", "Local Password Change Trigger Job: 1 found, 1 done, 0 failed."),
        ("Error", "HeartbeatMonitor: 3 found, 2 done, 1 failed."),
    ]
    assert page["total"] == 3 and "totalIsAtLeast" not in page
    [second] = house.admin.get(f"{SYSTEM_LOG}?skip=1&take=1").json["records"]
    assert second == page["records"][1]
    assert second["machineName"] == "node-a"
    for query, most in (("filter.logLevel=error", 1), ("filter.searchTerm=LOCAL", 2)):
        assert house.admin.get(f"{SYSTEM_LOG}?{query}").json["total"] == most
    assert [" Error node-a HeartbeatMonitor" in one for one in lines(house, "general-logs")] == [
        False,
        False,
        True,
    ]
    assert len(lines(house, "heartbeat-logs")) == 2
    assert "HeartbeatMonitor" in lines(house, "heartbeat-logs?skip=1")[0]
    assert len(lines(house, "rpc-logs")) == 1
    assert house.admin.get(f"{SYSTEM_LOG}?skip=3001").status == 400
    assert house.admin.get(f"{DIAGNOSTICS}/rpc-logs?skip=200").status == 400


@dataclass
class Full:
    """A store that finds keys without end."""

    store: Any

    def newest(self, most: int) -> list[Key]:
        found = self.store.newest(most)
        return [*found, *(("job#heartbeat", f"run#{one}") for one in range(most))][:most]

    def entries(self, keys: Sequence[Key]) -> list[Entry]:
        entries: list[Entry] = self.store.entries(keys)
        return entries

    def runs(self, slug: str, most: int) -> list[Finished]:
        raise NotImplementedError


@pytest.mark.parametrize("level", ["", "Error"])
def test_the_largest_page_of_a_full_log_costs_four_calls(house: House, level: str) -> None:
    log = replace(wiring.job_log(), store=Full(wiring.job_log().store))
    with recording() as calls:
        page = log.page(Paging(skip=0 if level else DEEPEST, take=MOST), level)
    assert not page.is_exact
    assert calls.count("dynamodb") <= 4


def test_clearing_the_cache_has_every_process_read_again(house: House) -> None:
    before = wiring.gate().read().epochs
    assert house.admin.post(f"{DIAGNOSTICS}/clear-cache").json["success"] is True
    after = wiring.gate().read().epochs
    names = {"roles", "settings", "templates", "folders", "search"}
    assert {name: after[name] - before.get(name, 0) for name in names} == dict.fromkeys(names, 1)
    assert [row.action for row in AuditRow.scan(AuditRow.item == "copies")] == ["CLEAR CACHE"]
