"""Checkout through HTTP: one person at a time has the values, for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.cluster.gate import FIRST
from chalicelib.cluster.licensing import Licensing
from chalicelib.cluster.store import Gates
from chalicelib.core.tick import Tally
from chalicelib.rotation import routes
from chalicelib.vault.state import Where
from tests import moto_cluster
from tests.access.conftest import Cluster, client_of, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.conftest import forget
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, share, time, value

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

LAPSED = Licensing("ab12", trial="2020-01-31", until="2020-12-31")


@dataclass
class Case:
    """A secret in a folder that Ada owns, and Bob may edit: it is to be checked out."""

    cluster: Cluster
    ada: Client
    bob: Client
    bobs_id: int
    id: int
    password: str = field(repr=False)

    @property
    def path(self) -> str:
        return f"/api/v1/secrets/{self.id}"

    def check_out(self, who: Client) -> Answer:
        self.cluster.time.pass_by(milliseconds=1)  # lines of one moment are in no order
        return who.post(f"{self.path}/check-out")

    def check_in(self, who: Client, **body: Any) -> Answer:
        self.cluster.time.pass_by(milliseconds=1)
        return who.post(f"{self.path}/check-in", body)

    def set(self, who: Client | None = None, **terms: Any) -> Answer:
        self.cluster.time.pass_by(milliseconds=1)
        dirty = {name: {"dirty": True, "value": value} for name, value in terms.items()}
        path = self.path.replace("v1", "v3") + "/security-checkout"
        return (who or self.ada).patch(path, {"data": dirty})

    def state(self, who: Client) -> dict[str, Any]:
        found: dict[str, Any] = who.get(f"{self.path}/state").json
        return found

    def tick(self) -> Tally:
        """CheckOutMonitor, now."""
        return wiring.checkouts().check_in_what_is_over(self.cluster.time())

    def lines(self) -> list[tuple[str, str]]:
        """What the trail says of the secret, but for views."""
        return [
            (action, detail)
            for action, item, detail in trail()
            if item == str(self.id) and action != "VIEW"
        ]


@pytest.fixture
def case(cluster: Cluster, ada: Client, bob: tuple[Client, int]) -> Case:
    def make() -> tuple[Case, datetime]:
        return made_case(cluster, ada, bob), cluster.time()

    made, cluster.time.now = moto_cluster.kept("a case", make, on=ada.token)
    forget()
    cluster.client = client_of(cluster.time)
    people = [cluster.client.signed_in(one.token) for one in (made.ada, made.bob)]
    return replace(made, cluster=cluster, ada=people[0], bob=people[1])


def made_case(cluster: Cluster, ada: Client, bob: tuple[Client, int]) -> Case:
    client, id = bob
    folder = made_folder(ada)
    share(ada, folder, id, "Edit")
    made = made_secret(ada, folder)
    case = Case(cluster, ada, client, id, made["id"], value(made, "password"))
    assert case.set(checkOutEnabled=True).status == 200
    return case


def refused(answer: Answer, code: str) -> None:
    assert (answer.status, answer.json["errorCode"]) == (400, code)


def maintenance(on: bool) -> None:
    gate = Gates().fetch()
    nodes = {"node-a": replace(FIRST, maintenance=on)}
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes=nodes))])


# -- the terms


def test_a_secret_made_without_a_word_about_it_is_not_to_be_checked_out(ada: Client) -> None:
    secret = made_secret(ada)
    read = ada.get(f"/api/v1/secrets/{secret['id']}").json
    assert (read["checkOutEnabled"], read["checkOutIntervalMinutes"]) == (False, -1)
    answer = ada.post(f"/api/v1/secrets/{secret['id']}/check-out")
    assert (answer.status, "not to be checked out" in answer.message) == (400, True)


def test_terms_are_set_shown_and_told(case: Case) -> None:
    answer = case.set(checkOutIntervalMinutes=5, checkOutChangePasswordEnabled=True)
    model = answer.json["model"]
    assert model["checkOutIntervalDisplay"] == "5 minutes"
    assert model["checkOutDefaultIntervalDisplay"] == "30 minutes"
    assert case.lines()[-1] == ("UPDATE", "Checkout")
    body = {"data": {"checkOutIntervalMinutes": {"dirty": True, "value": None}}}
    older = case.ada.patch(f"{case.path}/security-checkout", body).json
    assert older["checkOutIntervalMinutes"]["value"] is None
    assert older["checkOutChangePasswordEnabled"]["value"] is True
    assert older["checkOutIntervalDisplay"]["value"] == "30 minutes"
    summary = case.bob.get(f"{case.path}/summary").json
    assert (summary["checkOutEnabled"], summary["isRestricted"]) == (True, True)


def test_terms_come_with_making_and_updating_and_stay_where_they_are_left_out(ada: Client) -> None:
    body = {
        "name": "x",
        "secretTemplateId": 6007,
        "checkOutEnabled": True,
        "checkOutIntervalMinutes": 7,
        "items": [{"slug": slug, "itemValue": canary()} for slug in ("machine", "username")],
    }
    made = ada.post("/api/v1/secrets", body).json
    assert (made["checkOutEnabled"], made["checkOutIntervalMinutes"]) == (True, 7)
    path = f"/api/v1/secrets/{made['id']}"
    same = {"id": made["id"], "name": "y", "items": []}
    assert ada.put(path, same).json["checkOutIntervalMinutes"] == 7
    off = ada.put(path, same | {"checkOutEnabled": False, "checkOutIntervalMinutes": -1}).json
    assert (off["checkOutEnabled"], off["checkOutIntervalMinutes"]) == (False, -1)


def test_only_an_owner_sets_them_and_only_while_nobody_relies_on_them(case: Case) -> None:
    refused(case.set(case.bob, checkOutEnabled=False), "API_AccessDenied")
    case.check_out(case.ada)
    answer = case.set(checkOutEnabled=False)
    assert (answer.status, "checked in" in answer.message) == (400, True)
    case.check_in(case.ada)
    assert case.set(checkOutEnabled=False).status == 200
    assert value(case.bob.get(case.path).json, "password") == case.password


@pytest.mark.parametrize("minutes", [43_201, 10**6])
def test_an_interval_has_bounds(case: Case, minutes: int) -> None:
    assert "1 to 43200" in case.set(checkOutIntervalMinutes=minutes).message


def test_a_password_that_nothing_can_change_is_not_to_be_changed(ada: Client) -> None:
    body = {"name": "x", "secretTemplateId": 2, "checkOutChangePasswordEnabled": True, "items": []}
    answer = ada.post("/api/v1/secrets", body)
    assert (answer.status, "no system" in answer.message) == (400, True)


def test_during_an_upgrade_nobody_begins_to_rely_on_it(case: Case) -> None:
    """A node of the version before would neither know nor keep it."""
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, upgrading=9))])
    answer = case.set(checkOutIntervalMinutes=9)
    assert (answer.status, "upgrade" in answer.message) == (503, True)


# -- out and in


def test_without_a_checkout_nobody_reads_and_the_state_says_why(case: Case) -> None:
    for who in (case.ada, case.bob):
        for path in ("", "/fields/password", "/fields/password/history"):
            refused(who.get(case.path + path), "API_RequiresCheckout")
        refused(who.get(case.path.replace("v1", "v2")), "API_RequiresCheckout")
        state = case.state(who)
        assert (state["secretState"], state["isCheckedOut"]) == ("RequiresCheckout", False)
        assert "Checkout" in state["actions"]
    assert case.bob.get(f"{case.path}/summary").json["checkedOut"] is False


def test_the_holder_reads_and_nobody_else(case: Case) -> None:
    assert case.check_out(case.bob).json == {"responseCodes": []}
    read = case.bob.get(case.path).json
    assert value(read, "password") == case.password
    assert (read["checkedOut"], read["checkOutUserDisplayName"]) == (True, "Bob")
    assert (read["checkOutUserId"], read["checkOutMinutesRemaining"]) == (case.bobs_id, 30)
    assert case.bob.get(case.path.replace("v1", "v2")).json["checkOutMinutesRemaining"] == 30
    assert case.bob.get(f"{case.path}/fields/password").json == case.password
    answer = case.ada.get(case.path)
    refused(answer, "API_CheckedOut")
    assert "checked out by Bob until" in answer.message
    summary = case.ada.get(f"{case.path}/summary").json
    assert (summary["checkedOut"], summary["checkOutUserName"]) == (True, "Bob")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda one: one.ada.put(f"{one.path}/fields/notes", {"value": "x"}),
        lambda one: one.ada.put(one.path, {"id": one.id, "name": "x", "items": []}),
        lambda one: one.ada.delete(one.path),
        lambda one: one.ada.post(f"{one.path}/expire", {}),
        lambda one: one.ada.post(f"{one.path}/change-password", {}),
        lambda one: one.ada.post(f"{one.path}/stop-password-change"),
        lambda one: one.ada.post(f"{one.path}/restricted", {}),
        lambda one: one.ada.post(f"{one.path}/restricted/fields/password", {}),
        lambda one: one.ada.get(f"{one.path}?autoCheckout=true"),
        lambda one: one.check_out(one.ada),
        lambda one: one.check_in(one.ada),
        lambda one: one.ada.post(f"{one.path}/extend-check-out", {"data": {}}),
        lambda one: one.set(checkOutEnabled=False),
    ],
)
def test_what_another_holds_is_neither_read_nor_changed(
    case: Case, attempt: Callable[[Case], Answer]
) -> None:
    case.check_out(case.bob)
    before = case.lines()
    refused(attempt(case), "API_CheckedOut")
    told = [one for one in case.lines() if one not in before]
    assert all(action == "REFUSED" and "checked out by Bob" in why for action, why in told)
    assert len(told) <= 1


def test_the_holder_may_change_it_and_delete_it(case: Case) -> None:
    case.check_out(case.ada)
    fresh = canary()
    assert case.ada.put(f"{case.path}/fields/password", {"value": fresh}).status == 200
    body = {"id": case.id, "name": "renamed", "items": []}
    assert value(case.ada.put(case.path, body).json, "password") == fresh
    assert case.ada.delete(case.path).status == 200


def test_who_edits_what_nobody_holds_is_shown_no_value_and_sends_none_elsewhere(case: Case) -> None:
    body = {"id": case.id, "name": "renamed", "items": []}
    assert value(case.ada.put(case.path, body).json, "password") == ""
    assert case.ada.put(f"{case.path}/fields/notes", {"value": "x"}).status == 200
    elsewhere = case.ada.put(f"{case.path}/fields/machine", {"value": "mine.example"})
    refused(elsewhere, "API_RequiresCheckout")
    found = case.ada.get("/api/v1/secrets?filter.searchField=machine&filter.searchText=db1").json
    assert found["total"] == 0


def test_it_is_checked_out_once_however_often_it_is_asked(case: Case) -> None:
    case.check_out(case.bob)
    case.cluster.time.pass_by(minutes=10)
    case.check_out(case.bob)
    assert case.state(case.bob)["checkOutMinutesRemaining"] == 20
    assert [action for action, _ in case.lines()].count("CHECK OUT") == 1


def test_a_check_in_frees_it_for_the_next(case: Case) -> None:
    case.check_out(case.bob)
    state = case.state(case.bob)
    assert (state["secretState"], state["isCheckedOutByCurrentUser"]) == ("None", True)
    assert "Checkin" in state["actions"]
    assert state["availableActions"]["extendCheckOut"] is True
    assert case.check_in(case.bob).json["checkedOut"] is False
    assert case.check_in(case.bob).status == 200
    refused(case.bob.get(case.path), "API_RequiresCheckout")
    assert case.check_out(case.ada).status == 200
    actions = [action for action, _ in case.lines()]
    told = [actions.count(one) for one in ("CHECK OUT", "CHECK IN", "REFUSED")]
    assert told == [2, 1, 1]


def test_only_who_may_force_a_check_in_does(case: Case) -> None:
    case.check_out(case.ada)
    refused(case.check_in(case.bob, forceCheckIn=True), "API_AccessDenied")
    assert "ForceCheckin" not in case.state(case.bob)["actions"]
    case.check_in(case.ada)
    case.check_out(case.bob)
    assert "ForceCheckin" in case.state(case.ada)["actions"]
    assert case.check_in(case.ada, forceCheckIn=True).status == 200
    assert case.lines()[-1] == ("FORCE CHECK IN", "Bob held it")
    refused(case.bob.get(case.path), "API_RequiresCheckout")


def test_who_may_only_list_it_checks_nothing_out(case: Case, cluster: Cluster) -> None:
    id, password = cluster.make_user("carol")
    secret = case.ada.get(f"{case.path}/summary").json
    share(case.ada, secret["folderId"], id, "List")
    carol = cluster.client.login("carol", password)
    refused(case.check_out(carol), "API_AccessDenied")
    refused(case.check_in(carol), "API_AccessDenied")
    assert case.state(carol)["secretState"] == "CannotView"


def test_a_stranger_is_told_nothing(case: Case, cluster: Cluster) -> None:
    _, password = cluster.make_user("eve")
    eve = cluster.client.login("eve", password)
    assert case.check_out(eve).status == case.check_in(eve).status == 404


def test_the_holder_extends_it_within_bounds(case: Case) -> None:
    path = f"{case.path}/extend-check-out"
    refused(case.bob.post(path, {"data": {"minutesToAdd": 5}}), "API_RequiresCheckout")
    case.check_out(case.bob)
    case.cluster.time.pass_by(milliseconds=1)
    answer = case.bob.post(path, {"data": {"minutesToAdd": 5, "notes": "one more restart"}})
    assert answer.json["checkOutEndTime"]
    assert case.state(case.bob)["checkOutMinutesRemaining"] == 35
    assert case.lines()[-1] == ("EXTEND CHECK OUT", "by 5 minutes. one more restart")
    for minutes in (26, 0, -1):
        assert "1 to 25" in case.bob.post(path, {"data": {"minutesToAdd": minutes}}).message
    assert "1 to 25" in case.bob.post(path, {"data": {}}).message  # by its interval
    long = case.bob.post(path, {"data": {"minutesToAdd": 5, "notes": "n" * 500_000}})
    assert (long.status, long.message) == (400, "notes must be at most 1000 characters.")


# -- reads that check out by themselves


def test_a_read_checks_out_and_in_as_far_as_it_asks_to(case: Case) -> None:
    refused(case.bob.get(f"{case.path}?autoCheckout=true&noAutoCheckout=true"), REQUIRED)
    assert value(case.bob.get(f"{case.path}?autoCheckout=true").json, "password") == case.password
    assert case.state(case.bob)["isCheckedOutByCurrentUser"] is True
    read = case.bob.get(f"{case.path}/fields/password?autoCheckIn=true")
    assert read.json == case.password
    assert case.state(case.bob)["isCheckedOut"] is False


REQUIRED = "API_RequiresCheckout"


def test_a_restricted_read_checks_out_unless_it_says_not_to(case: Case) -> None:
    path = f"{case.path}/restricted"
    refused(case.bob.post(path, {"noAutoCheckout": True}), REQUIRED)
    assert value(case.bob.post(path, {}).json, "password") == case.password
    assert case.bob.post(f"{path}/fields/password", {"noAutoCheckout": True}).json == case.password
    refused(case.ada.post(path, {}), "API_CheckedOut")
    assert value(case.ada.post(path, {"forceCheckIn": True}).json, "password") == case.password
    assert case.state(case.ada)["isCheckedOutByCurrentUser"] is True
    refused(case.bob.post(path, {"forceCheckIn": True}), "API_AccessDenied")


def test_checked_out_secrets_are_found(case: Case) -> None:
    made_secret(case.ada)
    case.check_out(case.bob)
    for who, name, total in (
        (case.ada, "onlyCheckedOutSecrets", 1),
        (case.ada, "onlySecretsCheckedOutByUser", 0),
        (case.bob, "onlySecretsCheckedOutByUser", 1),
    ):
        found = who.get(f"/api/v2/secrets?filter.{name}=true").json
        assert [one["id"] for one in found["records"]] == [case.id] * total
        assert who.get(f"/api/v2/secrets/search-total?filter.{name}=true").json == total


def test_a_read_by_the_holder_costs_two_calls_and_a_checkout_as_many(
    case: Case, calls: Calls
) -> None:
    made_secret(case.ada)  # the process has its keys
    wiring.settings().current()
    case.bob.get(f"{case.path}/state")
    calls.clear()
    case.check_out(case.bob)
    assert [one.operation for one in calls.seen] == ["BatchGetItem", "TransactWriteItems"]
    calls.clear()
    case.bob.get(case.path)
    assert [one.operation for one in calls.seen] == ["BatchGetItem", "TransactWriteItems"]


# -- its end


def test_past_its_end_the_holder_reads_no_more_and_the_monitor_checks_it_in(case: Case) -> None:
    case.set(checkOutIntervalMinutes=5)
    case.check_out(case.bob)
    assert case.tick() == Tally()
    case.cluster.time.pass_by(minutes=5)
    refused(case.bob.get(case.path), REQUIRED)
    assert case.tick() == Tally(1, 1)
    assert case.state(case.ada)["isCheckedOut"] is False
    [detail] = [detail for action, detail in case.lines() if action == "CHECK IN"]
    assert "its time was over: Bob" in detail
    assert case.tick() == Tally()


def test_past_its_end_others_need_not_wait_for_the_monitor(case: Case) -> None:
    case.set(checkOutIntervalMinutes=5)
    case.check_out(case.bob)
    case.cluster.time.pass_by(minutes=5)
    assert case.check_out(case.ada).status == 200
    assert [action for action, _ in case.lines()[-2:]] == ["CHECK IN", "CHECK OUT"]
    assert case.tick() == Tally()
    assert value(case.ada.get(case.path).json, "password") == case.password


def test_what_was_extended_or_checked_in_is_not_over(case: Case) -> None:
    case.set(checkOutIntervalMinutes=5)
    case.check_out(case.bob)
    case.bob.post(f"{case.path}/extend-check-out", {"data": {"minutesToAdd": 2}})
    case.cluster.time.pass_by(minutes=6)
    assert case.tick() == Tally()
    case.check_in(case.bob)
    case.cluster.time.pass_by(minutes=6)
    assert case.tick() == Tally()


# -- a password change on check-in


def test_until_the_password_is_changed_nobody_has_it(case: Case) -> None:
    case.set(checkOutChangePasswordEnabled=True)
    case.check_out(case.bob)
    case.check_in(case.bob)
    for _ in ("not begun", "begun"):
        for who in (case.ada, case.bob):
            refused(who.get(case.path), PENDING)
            refused(who.get(f"{case.path}/fields/password/history"), PENDING)
            refused(who.post(f"{case.path}/restricted", {}), PENDING)
            refused(case.check_out(who), PENDING)
            state = case.state(who)
            assert state["secretState"] == "RequiresCheckoutPendingRPC"
            assert state["passwordChangePending"] is True
            assert not {"Checkout", "Checkin"} & set(state["actions"])
        assert "is over" in case.set(checkOutEnabled=False).message
        case.cluster.time.pass_by(minutes=1)
        wiring.rotation().offering.changes(Where.LOCAL, case.cluster.time())
    assert ("PASSWORD CHANGE", "begun: it was checked in") in case.lines()


PENDING = "API_RequiresCheckoutPendingRPC"


def test_who_stops_the_change_lets_others_have_it_and_the_trail_says_so(case: Case) -> None:
    case.set(checkOutChangePasswordEnabled=True)
    case.check_out(case.bob)
    case.check_in(case.bob)
    case.cluster.time.pass_by(milliseconds=1)
    assert case.ada.post(f"{case.path}/stop-password-change").json == {"success": True}
    assert case.lines()[-1] == ("PASSWORD CHANGE", "stopped")
    assert case.check_out(case.ada).status == 200
    assert wiring.rotation().offering.changes(Where.LOCAL, case.cluster.time()) == Tally()


def test_a_checkout_that_meets_one_past_its_end_lets_the_change_come_first(case: Case) -> None:
    case.set(checkOutIntervalMinutes=5, checkOutChangePasswordEnabled=True)
    case.check_out(case.bob)
    case.cluster.time.pass_by(minutes=5)
    refused(case.check_out(case.ada), PENDING)
    assert case.lines()[-1][0] == "CHECK IN"
    assert case.state(case.ada)["isCheckedOut"] is False


# -- modes


def test_in_maintenance_mode_a_checkout_stands_still(case: Case) -> None:
    case.set(checkOutIntervalMinutes=5)
    case.check_out(case.bob)
    maintenance(on=True)
    case.cluster.time.pass_by(minutes=6)
    for who, attempt in (
        (case.ada, "check-out"),
        (case.bob, "check-out"),
        (case.bob, "check-in"),
        (case.bob, "extend-check-out"),
    ):
        answer = who.post(f"{case.path}/{attempt}", {"data": {}})
        assert (answer.status, answer.json["errorCode"]) == (503, "API_MaintenanceMode")
    assert case.tick() == Tally(1)
    assert case.state(case.bob)["isCheckedOutByCurrentUser"] is True
    assert "Checkin" not in case.state(case.bob)["actions"]
    assert value(case.bob.get(case.path).json, "password") == case.password
    refused(case.ada.get(case.path), "API_CheckedOut")
    maintenance(on=False)
    assert case.tick() == Tally(1, 1)
    refused(case.bob.get(case.path), REQUIRED)


def test_in_maintenance_mode_no_read_checks_out_or_in_by_itself(case: Case) -> None:
    maintenance(on=True)
    for answer in (
        case.bob.get(f"{case.path}?autoCheckout=true"),
        case.bob.post(f"{case.path}/restricted", {}),
    ):
        assert (answer.status, answer.json["errorCode"]) == (503, "API_MaintenanceMode")
    refused(case.bob.get(case.path), REQUIRED)
    assert "Checkout" not in case.state(case.bob)["actions"]


def test_without_a_licence_people_check_out_and_in_and_set_no_terms(case: Case) -> None:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, licensing=LAPSED))])
    assert case.check_out(case.bob).status == 200
    assert value(case.bob.get(case.path).json, "password") == case.password
    assert case.check_in(case.bob).status == 200
    refused(case.set(checkOutEnabled=False), "API_ViewOnly")
