"""What each setting does, seen once the API has set it: nothing is deployed or started again.

One promise a setting; the last test asks that there is one for each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import SCHEMA, VERSION, wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.backup.log import Entry
from chalicelib.backup.store import BackupTable
from chalicelib.changers.target import Target
from chalicelib.changers.work import WorkKind
from chalicelib.cluster.gate import FIRST, OWN, Code, may_run
from chalicelib.cluster.store import Gates
from chalicelib.core.errors import AccessDenied
from chalicelib.core.messages import Message, decode
from chalicelib.core.tick import Tally, Tick
from chalicelib.jobs.cleaning import ENGINE_LOG
from chalicelib.jobs.run import Finished, Job, Running
from chalicelib.rotation.item import Item, Stage
from chalicelib.settings.advanced import ADVANCED
from chalicelib.settings.settings import NAMES
from infra.localrun.settings import ROOT
from tests.canary import canary
from tests.client import Client
from tests.house import House, open_house
from tests.vault.api import made_secret

PATH = "/api/v1/advanced-config-settings"
DAY = timedelta(days=1)
EFFECTS: dict[str, Callable[[House], None]] = {}


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def shows(*settings: str) -> Callable[[Callable[[House], None]], Callable[[House], None]]:
    """The function shows what those settings do."""

    def keep(effect: Callable[[House], None]) -> Callable[[House], None]:
        EFFECTS.update(dict.fromkeys(settings, effect))
        return effect

    return keep


def put(client: Client, setting: str, value: str) -> None:
    (row,) = (one for one in ADVANCED if one.setting == setting)
    answer = client.put(PATH, {"advancedSettingId": row.id, "value": value})
    assert answer.status == 200, answer.message


@shows("trusted_proxies", "ip_address_header")
def whose_word_on_an_address_counts(house: House) -> None:
    behind = replace(
        house.admin, headers={"x-forwarded-for": "198.51.100.1", "x-client": "198.51.100.2"}
    )

    def audited() -> str:
        put(behind, "clock_tolerance", "30")
        lines = house.admin.get("/api/v1/configuration/audit").json["records"]
        return next(str(one["ipAddress"]) for one in lines if "clock" in one["notes"])

    assert audited() == house.admin.address
    put(house.admin, "trusted_proxies", f"{house.admin.address}/32")
    assert audited() == "198.51.100.1"
    put(house.admin, "ip_address_header", "X-CLIENT")
    assert audited() == "198.51.100.2"


@shows("custom_url")
def where_people_come_from(house: House) -> None:
    sent = {"host": "node.test", "origin": "https://vault.test", "x-conclave-console": "1"}
    url = "https://vault.test/SecretServer"
    password = canary()
    house.admin.post("/api/v1/users", {"userName": "c", "displayName": "C", "password": password})
    form = {"grant_type": "password", "username": "c", "password": password}
    for status in (400, 200):
        answer = house.admin.signed_in("").post("/oauth2/token", form=form, headers=sent)
        assert answer.status == status
        put(house.admin, "custom_url", url)
    assert house.admin.get("/api/v1/diagnostics").json["secretServerUrl"] == url


@shows("allow_version_mismatch")
def other_code_in_maintenance_mode(house: House) -> None:
    newer = Code("99.0.0", OWN.schema + 1)
    gate = Gates().fetch()
    still = replace(
        gate, version=VERSION, schema=OWN.schema, nodes={"node-a": replace(FIRST, maintenance=True)}
    )
    wiring.committer()([Gates().rewrite(gate, still)])
    for value, works in (("true", True), ("false", False)):
        put(house.admin, "allow_version_mismatch", value)
        assert may_run(Gates().fetch(), "node-a", None, newer) is works


@shows("dual_control")
def that_unlimited_administration_takes_two(house: House) -> None:
    path = "/api/v1/configuration/unlimited-admin"
    wanted = {
        "enabled": {"dirty": True, "value": True},
        "notes": {"dirty": True, "value": "why"},
    }
    for value, is_on in (("true", False), ("false", True)):
        put(house.admin, "dual_control", value)
        assert house.admin.patch(path, {"data": wanted}).json is is_on


@shows("clock_tolerance")
def how_far_a_clock_may_be_off(house: House) -> None:
    put(house.admin, "clock_tolerance", "7")
    epoch = Gates().fetch().epoch("settings")
    assert wiring.agent().wanted.clock_tolerance(epoch) == timedelta(seconds=7)


@shows("require_second_factor")
def who_needs_a_second_factor(house: House) -> None:
    put(house.admin, "require_second_factor", "true")
    password = canary()
    house.admin.post("/api/v1/users", {"userName": "c", "displayName": "C", "password": password})
    refused = house.admin.signed_in("").login("c", password).get("/api/v1/users/lookup")
    assert refused.json["errorCode"] == "API_SecondFactorRequired"


@shows("login_failures", "lockout")
def when_an_account_is_locked_and_for_how_long(house: House) -> None:
    password, stranger = canary(), house.admin.signed_in("")
    house.admin.post("/api/v1/users", {"userName": "c", "displayName": "C", "password": password})
    form = {"grant_type": "password", "username": "c", "password": password}
    put(house.admin, "login_failures", "1")
    put(house.admin, "lockout", "1")
    assert stranger.post("/oauth2/token", form=form | {"password": canary()}).status == 400
    assert stranger.post("/oauth2/token", form=form).status == 400
    time.sleep(1.1)
    assert stranger.post("/oauth2/token", form=form).status == 200


KINDS: dict[str, Callable[[str], str]] = {
    "password_lowercase": str.upper,
    "password_uppercase": str.lower,
    "password_numbers": lambda text: text.translate(str.maketrans("0123456789", "abcdefghij")),
    "password_symbols": lambda text: text.replace("!", ""),
}
"""How a password loses all characters of that kind."""


@shows("password_length", *KINDS)
def what_a_users_password_must_be(house: House) -> None:
    names = (f"carol-{number}" for number in range(100))

    def status(password: str) -> int:
        body = {"userName": next(names), "displayName": "Carol", "password": password}
        return house.admin.post("/api/v1/users", body).status

    for setting, without in KINDS.items():
        assert status(without(canary())) == 200
        put(house.admin, setting, "true")
        assert status(without(canary())) == 400
    put(house.admin, "password_length", "60")
    assert (status(canary()), status(canary() + canary())) == (400, 200)


@shows("password_history", "password_age")
def when_a_user_may_take_another_password(house: House) -> None:
    first, second, third = canary(), canary(), canary()
    house.admin.post("/api/v1/users", {"userName": "c", "displayName": "C", "password": first})
    client = house.admin.login("c", first)

    def changed(current: str, new: str) -> int:
        body = {"currentPassword": current, "newPassword": new}
        return client.post("/api/v1/users/change-password", body).status

    put(house.admin, "password_age", "3600")
    assert changed(first, second) == 200, "an administrator's is nobody's own"
    assert changed(second, third) == 400
    put(house.admin, "password_age", "0")
    assert changed(second, third) == 200
    assert changed(third, first) == 400
    put(house.admin, "password_history", "0")
    assert changed(third, first) == 200


@shows("engine_callback")
def how_often_engines_of_a_new_site_call(house: House) -> None:
    def made(name: str, **more: int) -> int:
        body = {"data": {"siteName": name, **more}}
        answer = house.admin.post("/api/v1/distributed-engine/site", body)
        return int(answer.json["heartbeatInterval"])

    assert made("Before") == 60
    put(house.admin, "engine_callback", "20")
    assert made("After") == 20
    assert made("Its own", heartbeatInterval=45) == 45


@shows("heartbeat_life", "heartbeat_again")
def how_long_a_heartbeat_is_out(house: House) -> None:
    put(house.admin, "heartbeat_life", "40")
    put(house.admin, "heartbeat_again", "90")
    id = made_secret(house.admin)["id"]
    assert house.admin.post(f"/api/v1/secrets/{id}/heartbeat", {}).status == 200
    assert life_and_lease("site-1-now") == (timedelta(seconds=40), timedelta(seconds=90))


@shows("change_life", "change_again")
def how_long_a_change_is_out(house: House) -> None:
    put(house.admin, "change_life", "200")
    put(house.admin, "change_again", "300")
    id = made_secret(house.admin)["id"]
    sent = house.admin.post(f"/api/v1/secrets/{id}/change-password", {"newPassword": canary()})
    assert sent.status == 200
    assert life_and_lease("site-1") == (timedelta(seconds=200), timedelta(seconds=300))


def life_and_lease(queue: str) -> tuple[timedelta, timedelta]:
    """Of the item on that queue: how long it may be claimed, and when it is offered again."""
    url = connection().queue_url(queue)
    (got,) = clients.client("sqs").receive_message(QueueUrl=url)["Messages"]
    told: Message = decode(got["Body"])
    id = str(told.body["item"])
    item = wiring.rotation().claims.ports.store.find([id]).items[id]
    return item.expires_at - item.offered_at, item.until - item.offered_at


@shows("loopback_targets")
def what_is_near_and_may_be_reached(house: House) -> None:
    near = Target("127.0.0.1", 2222)
    with pytest.raises(AccessDenied):
        wiring.local_worker().targets().admit(near)
    put(house.admin, "loopback_targets", "127.0.0.1:2222")
    assert wiring.local_worker().targets().admit(near) == near


@shows("days_to_keep_logs")
def how_long_runs_are_shown(house: House) -> None:
    at, store = wiring.clock()() - 5 * DAY, wiring.jobs().store
    running = Running(at, at, "node-a", at, 1)
    begun = store.begin(Job("heartbeat", "", running=running))
    store.finish(begun, Finished(at, at, at, "node-a", Tally()))
    assert len(house.admin.get("/api/v1/jobs/heartbeat/runs").json) == 1
    put(house.admin, "days_to_keep_logs", "3")
    assert house.admin.get("/api/v1/jobs/heartbeat/runs").json == []


@shows("days_to_keep_engine_logs")
def how_long_ended_work_is_kept(house: House) -> None:
    now = wiring.clock()()
    at = now - 5 * DAY
    item = Item("1" * 32, WorkKind.HEARTBEAT, 12, 7, at, at, at, DAY, Stage.ANSWERED)
    wiring.committer()([wiring.rotation().claims.ports.store.save_item(item)])
    tick = Tick("engine-log", now, now, now + timedelta(minutes=1), "node-a")
    assert wiring.cleaning().clean(tick, ENGINE_LOG).done == 0
    put(house.admin, "days_to_keep_engine_logs", "3")
    assert wiring.cleaning().clean(tick, ENGINE_LOG).done == 1


@shows("requests_per_minute")
def how_many_requests_a_user_makes(house: House) -> None:
    put(house.admin, "requests_per_minute", "60")
    answers = [house.nobody.get("/api/v1/users/current") for _ in range(70)]
    refused = next(one for one in answers if one.status == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert house.admin.get("/api/v1/users/current").status == 200  # another one's are his own


@shows("erase_workflow")
def who_decides_erase_requests(house: House) -> None:
    put(house.admin, "erase_workflow", "77")  # of a workflow that is not there: nobody
    path, id = "/api/v1/secret-erase-requests", made_secret(house.admin)["id"]
    made = house.admin.post(path, {"secretIds": [id], "requestComment": "why"}).json
    answer = {"secretEraseRequestId": made["secretEraseRequestId"], "status": "Approved"}
    assert house.admin.put(path, answer).status == 400


@shows("checkout_minutes")
def how_long_a_checkout_lasts(house: House) -> None:
    put(house.admin, "checkout_minutes", "7")
    path = f"/api/v1/secrets/{made_secret(house.admin)['id']}"
    on = {"data": {"checkOutEnabled": {"dirty": True, "value": True}}}
    assert house.admin.patch(f"{path}/security-checkout", on).status == 200
    assert house.admin.post(f"{path}/check-out").status == 200
    assert 6 <= house.admin.get(path).json["checkOutMinutesRemaining"] <= 7


@shows("upgrade_backup_age", "upgrade_settling")
def what_an_upgrade_waits_for(house: House) -> None:
    at = wiring.clock()() - timedelta(hours=3)
    wiring.committer()([BackupTable().add(Entry("b1", at, at, success=True))])
    asked: dict[str, Any] = {"version": VERSION, "schema": SCHEMA, "firstNode": "node-a"}

    def problems() -> str:
        begun = house.admin.post("/api/v1/upgrade/begin", {**asked, "checkOnly": True})
        return " ".join(begun.json["problems"])

    assert "hours old" not in problems()
    put(house.admin, "upgrade_backup_age", "7200")
    assert "3 hours old, 2 are allowed" in problems()
    put(house.admin, "upgrade_settling", "9")
    assert wiring.upgrades().limits().settling == timedelta(seconds=9)


@shows("search_mode", "search_separators")
def how_words_are_found(house: House) -> None:
    """SecretItemHashMonitor makes the index anew; nothing is deployed for it."""
    made_secret(house.admin, machine="web7§north")

    def found(text: str) -> int:
        rows = house.admin.get("/api/v1/secrets", query={"filter.searchText": text}).json
        return int(rows["total"])

    assert (found("north"), found("eb7§n")) == (0, 0)
    put(house.admin, "search_separators", "§")
    index_anew()
    assert (found("north"), found("eb7§n")) == (1, 0)
    put(house.admin, "search_mode", "Extended")
    index_anew()
    assert (found("north"), found("eb7§n")) == (1, 1)


def index_anew() -> None:
    """Ticks of the job from a quarter of an hour on, until it has nothing more to do."""
    quarter = wiring.clock()().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for passed in range(0, 6, 2):
        now = quarter + timedelta(minutes=passed)
        service = replace(wiring.search_rebuilding(), clock=lambda: now)  # noqa: B023
        service.run(now, now + timedelta(minutes=1))
    assert wiring.search_rebuilding().status().coming is None


@shows(
    "personal_folders",
    "personal_folder_root",
    "personal_folder_names",
    "personal_folder_warning",
    "personal_folder_warns",
)
def whether_there_are_personal_folders_and_how_they_are_called(house: House) -> None:
    def mine() -> list[tuple[int, str]]:
        found = house.admin.get("/api/v1/folders", query={"filter.folderTypeId": 2}).json["records"]
        return [(one["id"], one["folderPath"]) for one in found]

    put(house.admin, "personal_folders", "false")
    assert mine() == []
    put(house.admin, "personal_folder_root", "Desks")
    put(house.admin, "personal_folder_names", "UsernameAndDomain")
    put(house.admin, "personal_folders", "true")
    [(id, path)] = mine()
    assert path == "\\Desks\\ada"
    put(house.admin, "personal_folder_warning", "No secrets of customers.")
    for shown, text in (("false", ""), ("true", "No secrets of customers.")):
        put(house.admin, "personal_folder_warns", shown)
        details = house.admin.get(f"/api/v1/folder-details/{id}").json
        assert details["folderWarning"] == text
    put(house.admin, "personal_folder_root", "Mine")
    assert mine() == [(id, "\\Mine\\ada")]


@pytest.mark.parametrize("effect", dict.fromkeys(EFFECTS.values()), ids=lambda one: one.__name__)
def test_a_setting_takes_effect_as_soon_as_it_is_set(
    house: House, effect: Callable[[House], None]
) -> None:
    effect(house)


def test_there_is_an_effect_for_each_setting() -> None:
    assert set(EFFECTS) == NAMES


def test_each_setting_stands_on_its_page() -> None:
    page = (ROOT / "docs" / "operations" / "configuration.md").read_text("utf-8")
    assert [one.name for one in ADVANCED if one.name not in page] == []
