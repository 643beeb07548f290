"""Approval through HTTP: who has to ask is shown nothing until an approver lets him in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.cluster.gate import Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.clock import stamp
from chalicelib.core.errors import AccessDenied, Conflict, Invalid
from chalicelib.inbox.store import MessageRow
from chalicelib.mail.store import MailRow
from chalicelib.rotation import routes
from chalicelib.settings import routes as settings_routes
from chalicelib.vault.access_request import Answer, Status
from chalicelib.vault.approval import ApprovalTerms, Asking
from chalicelib.vault.change import Change
from chalicelib.vault.grants import Deed, Grantee, Role, Who
from chalicelib.vault.service import At
from tests.access.conftest import Cluster, Meanwhile, trail
from tests.calls import recording
from tests.client import Answer as Answered
from tests.client import Client
from tests.conftest import a_cluster
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, share, time
from tests.vault.conftest import ANN, BEN, EVE, Vault, granted
from tests.vault.test_watching import mails_on

__all__ = ["ada", "bare", "bob", "cluster", "routes", "settings_routes", "time"]

BASE = "/api/v1/secret-access-requests"


@dataclass
class Case:
    """Ada owns a secret; Bob may view it; Cleo, who has no grant on it, approves."""

    cluster: Cluster
    ada: Client
    bob: Client
    cleo: Client
    id: int
    cleos_group: int

    @property
    def path(self) -> str:
        return f"/api/v1/secrets/{self.id}"

    def terms(self, who: Client | None = None, **terms: Any) -> Answered:
        dirty = {name: {"dirty": True, "value": value} for name, value in terms.items()}
        path = self.path.replace("v1", "v3") + "/security-approval"
        return (who or self.ada).request("PUT", path, json={"data": dirty})

    def ask(self, who: Client | None = None, hours: int = 1, **more: Any) -> Answered:
        self.cluster.time.pass_by(milliseconds=1)
        until = stamp(self.cluster.time() + timedelta(hours=hours))
        body = {"secretId": self.id, "expirationDate": until, "requestComment": "fix it"}
        return (who or self.bob).post(BASE, body | more)

    def say(self, who: Client, id: int, status: str, **more: Any) -> Answered:
        body = {"secretAccessRequestId": id, "status": status, "responseComment": "so be it"}
        return who.request("PUT", BASE, json=body | more)

    def state(self, who: Client) -> str:
        return str(who.get(f"{self.path}/state").json["secretState"])

    def lines(self) -> list[str]:
        return [action for action, item, _ in trail() if item == str(self.id)]


@pytest.fixture
def case(cluster: Cluster, ada: Client, bob: tuple[Client, int]) -> Case:
    client, id = bob
    cleos_id, password = cluster.make_user("cleo")
    cleo = cluster.client.login("cleo", password)
    folder = made_folder(ada)
    share(ada, folder, id, "View")
    group = ada.get(f"/api/v1/users/{cleos_id}").json["personalGroupId"]
    made = made_secret(ada, folder, username="zebra7")
    case = Case(cluster, ada, client, cleo, made["id"], group)
    answer = case.terms(requireApprovalType="RequireApproval", approvers=[group])
    assert answer.status == 200, answer.message
    return case


def test_approval_is_set_by_owners_and_shown(case: Case) -> None:
    assert case.terms(case.bob, requireApprovalType="None").status == 400
    assert case.terms(approvers=[999_999]).status == 404
    assert case.terms(approvers=[]).status == 400
    assert case.terms(workflowTemplateId=3).status == 404
    model = case.terms(requireApprovalType="requireeditorsapproval").json["model"]
    assert model["requireApprovalType"] == "RequireEditorsApproval"
    assert [one["displayName"] for one in model["approvers"]] == ["Cleo"]
    assert case.bob.get(f"{case.path}/summary").json["requiresApproval"] is True
    options = case.bob.get(f"{BASE}/secrets/{case.id}/options").json
    assert options["editorsAlsoRequireApproval"] is True
    assert options["ownersAndApproversAlsoRequireApproval"] is False


def test_a_mail_goes_beside_each_message_and_not_once_it_is_decided(case: Case) -> None:
    mails_on(case.ada)
    request = case.ask().json["secretAccessRequestId"]
    (asked,) = MailRow.scan()
    assert (asked.mail_kind, asked.facts) == (
        "access-requested",
        {"note": "Bob asks for access to db1 root.", "why": "comment: fix it"},
    )
    entitled = wiring.postman().entitled["access-requested"]
    mail = wiring.postman().store.find(asked.pk.partition("#")[2])
    assert mail is not None and len(entitled(mail)) == 1
    assert case.say(case.cleo, request, "Approved").status == 200
    assert case.say(case.cleo, request, "Denied").status == 200
    assert list(entitled(mail)) == []
    found = {row.mail_kind: (row.facts, list(row.to)) for row in MailRow.scan()}
    assert found["access-granted"][1] == found["access-denied"][1]
    assert found["access-granted"][1] != list(asked.to)
    assert found["access-denied"][0]["why"] == "so be it"


def test_no_path_shows_a_value_before_approval_and_all_do_until_it_ends(case: Case) -> None:
    paths = [case.path, case.path.replace("v1", "v2"), f"{case.path}/fields/password"]

    def all_refused() -> None:
        for path in paths:
            assert case.bob.get(path).json["errorCode"] == "API_RequiresApproval", path
        for path in ("/restricted", "/restricted/fields/password", "/check-out"):
            refused = case.bob.post(case.path + path, {"comment": "x"})
            assert refused.json["errorCode"] == "API_RequiresApproval", path

    all_refused()
    assert case.state(case.bob) == "RequiresApproval"
    for who in (case.bob, case.ada):  # the index is for all alike
        assert who.get("/api/v2/secrets?filter.searchText=zebra7").json["total"] == 0
    assert case.ada.get(case.path).status == 200  # an Owner is exempt
    made = case.ask().json
    assert (made["status"], made["requestComment"]) == ("Pending", "fix it")
    all_refused()
    waiting = case.cleo.get(f"{BASE}?filter.status=Pending").json["records"]
    assert [one["secretAccessRequestId"] for one in waiting] == [made["secretAccessRequestId"]]
    done = case.say(case.cleo, made["secretAccessRequestId"], "Approved")
    assert done.json["status"] == "Approved", done.message
    for path in paths:
        assert case.bob.get(path).status == 200
    state = case.bob.get(f"{case.path}/state").json
    assert (state["secretState"], state["approvalEnd"]) == ("None", made["expirationDate"])
    views = [detail for action, _, detail in trail() if action == "VIEW"]
    assert sum("approved by Cleo" in one for one in views) == 3
    for _ in range(4):
        case.cluster.time.pass_by(minutes=15)
        case.bob.get(f"{case.path}/summary")
    all_refused()
    mine = case.bob.get(f"{BASE}?filter.isMyRequest=true").json["records"]
    assert [one["status"] for one in mine] == ["Expired"]
    assert {"ACCESS REQUESTED", "ACCESS APPROVED"} <= set(case.lines())


def test_who_decides_and_who_does_not(case: Case) -> None:
    id = case.ask().json["secretAccessRequestId"]
    same = case.bob.get(f"{BASE}/{id}").json["expirationDate"]
    assert case.ask(expirationDate=same).json["secretAccessRequestId"] == id  # sent again
    assert case.ask(hours=9).status == 400  # one waits
    assert case.say(case.bob, id, "Approved").status == 400  # nobody approves his own
    assert case.say(case.ada, id, "Approved").status == 404  # an Owner is no approver
    assert case.say(case.cleo, id, "Canceled").status == 400
    assert case.say(case.cleo, id, "Pending").status == 400
    assert case.say(case.cleo, id, "Denied").json["responseComment"] == "so be it"
    assert case.say(case.cleo, id, "Denied").status == 200  # twice is once
    assert case.say(case.cleo, id, "Approved").status == 400
    assert case.lines().count("ACCESS DENIED") == 1
    again = case.ask().json["secretAccessRequestId"]
    assert case.say(case.bob, again, "Canceled").json["status"] == "Canceled"
    assert case.say(case.cleo, again, "Approved").status == 400  # after it was canceled
    assert case.state(case.bob) == "RequiresApproval"
    third = case.ask().json["secretAccessRequestId"]
    answer = case.cleo.post(f"{BASE}/approvals/{third}", {"status": "Approved", "hours": 2})
    assert answer.json["success"] is True
    assert case.state(case.bob) == "None"
    assert case.say(case.cleo, third, "Denied").json["status"] == "Denied"  # taken back
    assert case.state(case.bob) == "RequiresApproval"
    history = case.bob.get(f"{BASE}/{third}/history").json["records"]
    assert [one["action"] for one in history] == ["Requested", "Approved", "Denied"]
    of_secret = case.bob.get(f"{BASE}/secrets/{case.id}").json
    assert of_secret["total"] == 3
    assert case.ada.get(f"{BASE}/secrets/{case.id}").json["total"] == 3
    assert case.ada.get(f"{BASE}/{third}").status == 404
    open_ = case.ask().json["secretAccessRequestId"]
    pending = case.cleo.get(f"{BASE}/{open_}/pending").json
    assert pending["currentStepApprovers"] == ["Cleo"]
    assert pending["currentUserRestrictedFromReviewing"] is False


def test_where_everybody_asks_an_owner_can_do_nothing_alone(case: Case) -> None:
    case.terms(requireApprovalType="RequireEveryoneApproval")
    assert case.state(case.ada) == "RequiresApproval"
    refused = [
        case.ada.get(case.path),
        case.ada.put(f"{case.path}/fields/notes", {"value": "x"}),
        case.ada.get(f"{case.path}/fields/password/history"),
        case.ada.post(f"{case.path}/change-password", {}),
        case.ada.request("DELETE", case.path),
        case.terms(requireApprovalType="None"),
    ]
    assert {one.json["errorCode"] for one in refused} == {"API_RequiresApproval"}
    owners = {"Edit", "EditHooks", "EditSecurity", "EditShare", "EditRpc"}
    assert not owners & set(case.ada.get(f"{case.path}/state").json["actions"])
    id = case.ask(case.ada).json["secretAccessRequestId"]
    case.say(case.cleo, id, "Approved")
    assert owners <= set(case.ada.get(f"{case.path}/state").json["actions"])
    assert case.terms(requireApprovalType="None").status == 200
    assert case.bob.get(case.path).status == 200
    assert case.ask().status == 400  # nobody need ask any more


# -- at once, and killed: by services


@pytest.fixture
def asked(vault: Vault) -> tuple[int, int]:
    return set_out(vault)


def set_out(vault: Vault) -> tuple[int, int]:
    """A secret of Ann's that Ben may view once Eve or a group approves; and his request."""
    id = vault.unix(folder=vault.folder(granted(BEN, Role.VIEW)))
    approvers = (Grantee(Who.USER, EVE.user_id), Grantee(Who.GROUP, 77))
    vault.edit(id, Change(approval=ApprovalTerms(Asking.VIEWERS, approvers)))
    made = wiring.access_requests().ask(vault.visit(BEN), At(id), None, None)
    return id, made.request.id


GROUPED = replace(ANN, groups=frozenset({77}))
APPROVED, DENIED, CANCELED = map(Answer, (Status.APPROVED, Status.DENIED, Status.CANCELED))


@pytest.mark.parametrize(("who", "meanwhile"), [(BEN, CANCELED), (GROUPED, DENIED)])
def test_of_two_who_answer_at_once_the_second_is_told(
    vault: Vault, asked: tuple[int, int], who: Any, meanwhile: Answer
) -> None:
    id, request = asked
    service = wiring.access_requests()
    first = lambda: service.answer(vault.visit(who), request, meanwhile)  # noqa: E731
    late = replace(service, requests=Meanwhile(service.requests, "fetch", first))
    with pytest.raises(Invalid, match="already"):
        late.answer(vault.visit(EVE), request, APPROVED)
    assert vault.stored(id).state.windows == ()


def test_all_approvers_are_told_and_what_is_over_leaves_their_lists(vault: Vault) -> None:
    """Of more than fit into the request's transaction, the others right after."""
    id = vault.unix(folder=vault.folder(granted(BEN, Role.VIEW)))
    vault.edit(id, Change(approval=ApprovalTerms(Asking.VIEWERS, (Grantee(Who.GROUP, 77),))))
    many = set(range(1_000, 1_090))
    people: Any = SimpleNamespace(members=lambda _: many)
    made = replace(wiring.access_requests(), people=people).ask(
        vault.visit(BEN), At(id), None, None
    )
    told = [row.pk for row in MessageRow.scan()]
    assert sorted(told) == sorted(f"inbox#{one}" for one in many)
    service = wiring.access_requests()
    assert [one.request.id for one in service.to_review(vault.visit(GROUPED))] == [made.request.id]
    vault.now += timedelta(days=1)
    assert service.to_review(vault.visit(GROUPED)) == []
    assert [one.request.shown(vault.now) for one in service.mine(vault.visit(BEN))] == ["Expired"]


def test_an_approval_that_ends_between_reading_and_showing_shows_nothing(
    vault: Vault, asked: tuple[int, int]
) -> None:
    id, request = asked
    service, secrets = wiring.access_requests(), wiring.vault()
    visit = vault.visit(EVE)
    with recording() as calls:
        service.answer(visit, request, APPROVED)
    assert calls.count() == 3  # the request, the secret, the commit
    taken: Any = Meanwhile(
        secrets.cabinet, "under", lambda: service.answer(vault.visit(EVE), request, DENIED)
    )
    with pytest.raises(Conflict):
        replace(secrets, cabinet=taken).read(vault.visit(BEN, reads=id), At(id))
    with pytest.raises(AccessDenied):
        secrets.read(vault.visit(BEN, reads=id), At(id))


def test_a_read_by_approval_costs_as_much_as_any(vault: Vault, asked: tuple[int, int]) -> None:
    id, request = asked
    wiring.access_requests().answer(vault.visit(EVE), request, APPROVED)
    visit = vault.visit(BEN, reads=id)
    with recording() as calls:
        wiring.vault().read(visit, At(id))
    assert calls.count() == 1  # the trail, and with it the proof that the approval still counts


def test_whoever_dies_while_he_approves_can_say_it_again() -> None:
    reaper = Reaper()
    with reaper.copying(), a_cluster():
        keyring.make_if_absent("c" * 32, wiring.clock())
        wiring.committer()([Gates().found(Gate("c" * 32))])
        vault = Vault()
        id, request = set_out(vault)
        with reaper.at_work():
            wiring.access_requests().answer(vault.visit(EVE), request, APPROVED)
        if reaper.has_killed:
            wiring.access_requests().answer(vault.visit(EVE), request, APPROVED)
        found = wiring.secret_finder().secret(vault.visit(BEN), At(id), Deed.REVEAL)
        assert len(found.state.windows) == 1
        assert vault.trail(id).count("ACCESS APPROVED") == 1
    assert reaper.acts >= 1
