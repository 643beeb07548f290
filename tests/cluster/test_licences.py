"""Licences over HTTP, on moto: added, shown, activated, removed; view-only; who is warned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.cluster.gate import FIRST, STANDBY
from chalicelib.cluster.store import Gates
from chalicelib.cluster.tasks import warn_of_licences
from chalicelib.core.tick import Tick
from tests.client import Client
from tests.house import House, open_house

from .signer import LicenceSigner, licence, set_signer

SIGNER, OTHER = LicenceSigner(), LicenceSigner()
ADA = {"name": "Ada", "email": "ada@example.org", "phoneNumber": "1"}
NOW = datetime.now(UTC)
TODAY = NOW.date()


@dataclass
class Cluster:
    """What a test drives: the admin's client, and the gate behind it."""

    house: House
    admin: Client = field(init=False)

    def __post_init__(self) -> None:
        self.admin = self.house.admin

    def sign(self, days: int | None = 365, **facts: Any) -> str:
        return SIGNER.sign(licence(TODAY, days, **facts))

    def add(self, key: str, **options: Any) -> Any:
        return self.admin.post("/api/v1/licenses", {"key": key}, **options)

    def summary(self) -> Any:
        return self.admin.get("/api/v1/licenses/summary").json

    def listed(self) -> dict[str, Any]:
        return {one["id"]: one for one in self.admin.get("/api/v1/licenses").json}

    def rewrite(self, **facts: Any) -> None:
        gate = Gates().fetch()
        wiring.committer()([Gates().rewrite(gate, replace(gate, **facts))])

    def past_the_trial(self) -> None:
        """The signer was set long ago."""
        licensing = wiring.licences().followed(Gates().fetch(), NOW).licensing
        ended = (TODAY - timedelta(days=1)).isoformat()
        self.rewrite(licensing=replace(licensing, trial=ended))

    def write(self) -> Any:
        """A write to the vault, as good as any: what matters is whether it is let in."""
        return self.admin.post("/api/v1/folders", {"folderName": "x", "parentFolderId": -1})


def trail() -> list[tuple[str, str]]:
    rows = sorted(AuditRow.scan(), key=lambda row: row.sk)
    return [(row.action, row.item) for row in rows if row.item_kind == "Licenses"]


@pytest.fixture
def cluster(aws: None) -> Iterator[Cluster]:
    """A cluster that was set up; node-b waits as a standby. No signer is set."""
    made = Cluster(open_house())
    made.rewrite(nodes={"node-a": FIRST, "node-b": STANDBY})
    yield made


def test_a_new_installation_has_an_evaluation_with_everything_that_does_not_end(
    cluster: Cluster,
) -> None:
    found = cluster.summary()
    assert (found["evaluation"], found["evaluationEnds"], found["edition"]) == (
        True,
        None,
        "Evaluation",
    )
    assert (found["seatsUsed"], found["seatsTotal"]) == (2, None)
    assert found["clusteringAllowed"] and not found["clusteringEnabled"]
    assert not found["viewOnly"] and not found["signerSet"]
    assert [one["activated"] for one in found["nodes"]] == [True, True]
    (only,) = cluster.listed().values()
    assert only["isBuiltIn"] and only["isValid"] and only["seats"] is None
    assert cluster.write().status == 200
    valid = cluster.admin.get("/api/v1/license/validforconnectionmanager").json
    assert valid == {"isLicensed": True, "isTrial": True, "licenseEndDate": None}
    refused = cluster.add(cluster.sign())
    assert refused.status == 400 and "needs no licence" in refused.message


def test_a_licence_is_added_activated_and_shown(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    cluster.past_the_trial()
    assert cluster.write().json["errorCode"] == "API_ViewOnly"
    tried = cluster.add(cluster.sign(), query={"dryRun": "true"})
    assert tried.json["edition"] == "Enterprise Plus" and cluster.listed() == {}
    assert cluster.add(cluster.sign()).status == 200
    assert cluster.add(cluster.sign()).status == 200  # the same key again
    refused = cluster.write()
    assert (refused.status, refused.json["errorCode"]) == (400, "API_ViewOnly")
    assert "not activated on this node" in refused.message
    for node in ("", "node-b"):
        answer = cluster.admin.post("/api/v1/activations", ADA, query={"node": node})
        assert answer.json is True
    assert cluster.write().status == 200
    (shown,) = cluster.listed().values()
    assert shown["activatedNodes"] == ["node-a", "node-b"]
    assert (shown["daysLeft"], shown["state"], shown["seats"]) == (365, "Valid", 10)
    nodes = {one["machineName"]: one for one in cluster.summary()["nodes"]}
    assert nodes["node-b"]["activatedBy"] == "Ada"
    assert trail() == [("CREATE", "L-1"), ("ACTIVATE", "node-a"), ("ACTIVATE", "node-b")]
    valid = cluster.admin.get("/api/v1/license/validforconnectionmanager").json
    assert valid["isLicensed"] and not valid["isTrial"] and valid["licenseEndDate"]


@pytest.mark.parametrize("kind", ["tampered", "foreign", "expired", "rubbish"])
def test_a_bad_licence_is_refused_with_the_reason_and_changes_nothing(
    cluster: Cluster, kind: str
) -> None:
    set_signer(SIGNER.public)
    assert cluster.add(cluster.sign()).status == 200
    before = (cluster.listed(), Gates().fetch(), trail())
    seats = SIGNER.sign(licence(TODAY, seats=9999)).split(".")[1]
    key = {
        "tampered": ".".join(["CL1", seats, cluster.sign().split(".")[2]]),
        "foreign": OTHER.sign(licence(TODAY, id="L-2")),
        "expired": cluster.sign(-1, id="L-2"),
        "rubbish": "CL1.rubbish",
    }[kind]
    refused = cluster.add(key)
    words = {"expired": "has expired", "rubbish": "no licence key"}
    assert refused.status == 400
    assert words.get(kind, "not signed by this cluster's signer") in refused.message
    assert (cluster.listed(), Gates().fetch(), trail()) == before


def test_an_older_licence_never_replaces_a_newer_one(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    old = cluster.sign(30, seats=1, issued=TODAY - timedelta(days=90))
    assert cluster.add(old).status == 200
    assert cluster.add(cluster.sign(seats=50)).status == 200
    assert cluster.listed()["L-1"]["seats"] == 50
    assert cluster.add(old).status == 409
    assert cluster.listed()["L-1"]["seats"] == 50


def test_the_last_licence_is_removed_only_by_force(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    cluster.past_the_trial()
    cluster.add(cluster.sign())
    cluster.admin.post("/api/v1/activations", ADA)
    refused = cluster.admin.delete("/api/v1/licenses/L-1")
    assert refused.status == 409 and "force=true" in refused.message
    assert cluster.write().status == 200
    removed = cluster.admin.delete("/api/v1/licenses/L-1", query={"force": "true"})
    assert removed.json == {"id": "L-1"}
    assert "no licence" in cluster.write().message
    assert cluster.admin.delete("/api/v1/licenses/L-1").status == 404
    assert cluster.admin.get("/api/v1/folders").status == 200


def test_an_expired_node_says_so_and_lets_people_read(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    cluster.past_the_trial()
    cluster.add(cluster.sign())
    cluster.admin.post("/api/v1/activations", ADA)
    ended = (TODAY - timedelta(days=1)).isoformat()
    cluster.rewrite(licensing=replace(Gates().fetch().licensing, until=ended))
    assert "expired" in cluster.write().message
    problems = cluster.admin.get("/api/v1/healthcheck").json
    assert problems["Healthy"] and any("expired" in one for one in problems["problems"])
    assert cluster.summary()["viewOnly"]
    assert not cluster.admin.get("/api/v1/license/validforconnectionmanager").json["isLicensed"]
    assert cluster.admin.get("/api/v1/folders").status == 200


def test_a_signer_set_later_leaves_thirty_days(cluster: Cluster) -> None:
    """What the agent finds at its next look; another key makes the licences worth nothing."""
    set_signer(SIGNER.public)
    first = wiring.licences().followed(Gates().fetch(), NOW)
    cluster.rewrite(licensing=first.licensing)
    assert cluster.summary()["evaluationEnds"] == (TODAY + timedelta(days=30)).isoformat()
    assert cluster.write().status == 200
    assert wiring.licences().followed(first, NOW) is first
    cluster.add(cluster.sign())
    set_signer(OTHER.public)
    second = wiring.licences().followed(Gates().fetch(), NOW)
    assert (second.licensing.until, second.licensing.trial) == ("", first.licensing.trial)
    assert cluster.listed()["L-1"]["state"] == "Not signed by this cluster's signer"


def tick(days: int) -> Tick:
    at = NOW + timedelta(days=days)
    return Tick("ExpiringLicenseTaskTriggerJob", at, at, at + timedelta(minutes=1), "node-a")


def test_ends_are_told_once_each_whoever_tells_and_however_often(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    cluster.add(cluster.sign(61))
    cluster.add(cluster.sign(None, id="FOR-EVER"))
    for passed in (0, 1, 1, 2, 31, 47, 54, 60, 61, 62, 62):
        warn_of_licences(tick(passed))
    told = [action for action, item in trail() if action != "CREATE"]
    assert told == [*(f"EXPIRES IN {days} DAYS" for days in (60, 30, 14, 7, 1)), "EXPIRED"]


def test_two_workers_who_see_an_end_at_once_tell_of_it_once(cluster: Cluster) -> None:
    set_signer(SIGNER.public)
    cluster.add(cluster.sign(30))
    service = wiring.licences()

    @dataclass
    class Stale:
        """Rows as they were before the faster one told."""

        inner: Any
        held: Any

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    before = service.licences.held()
    assert service.warn(NOW) == (1, 1)
    slower = replace(service, licences=Stale(service.licences, lambda: before))
    assert slower.warn(NOW) == (1, 0)
    assert trail().count(("EXPIRES IN 30 DAYS", "L-1")) == 1


def test_two_who_add_licences_at_once_both_count(cluster: Cluster) -> None:
    """The gate is written on its count of changes: the slower one judges again."""
    set_signer(SIGNER.public)
    service = wiring.licences()

    @dataclass
    class Racing:
        inner: Any
        raced: bool = False

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def held(self) -> Any:
            found = self.inner.held()
            if not self.raced:
                self.raced = True
                cluster.add(cluster.sign(700, id="LONG"))
            return found

    racing = replace(service, licences=Racing(service.licences))
    racing.add(_Ada(), cluster.sign(10, id="SHORT"), NOW)
    assert set(cluster.listed()) >= {"LONG", "SHORT"}
    assert Gates().fetch().licensing.until == (TODAY + timedelta(days=700)).isoformat()


@dataclass(frozen=True)
class _Ada:
    user_id: int = 1
    address: str = ""
