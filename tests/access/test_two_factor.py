"""The second factor: codes at log-in, once each; setting it up, losing it, wanting it of others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.access.service.entry import Attempt
from chalicelib.access.store.rows import FactorRow, LoginRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.core import totp
from chalicelib.core.errors import LoginFailed, Unsealable
from chalicelib.core.plain import Plain
from chalicelib.keys.store.sealed import BY_KIND
from chalicelib.web.errors import LOGIN_HELP
from tests import moto_cluster
from tests.access.conftest import Cluster, Meanwhile, Time, client_of, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.conftest import forget

FAILED = {"error": "Login failed.", "error_description": LOGIN_HELP}
CURRENT = "/api/v1/users/current"
OWN = f"{CURRENT}/two-factor"
ANYTHING = "/api/v1/users/lookup"


@dataclass
class Bob:
    """A user with an authenticator app: what he knows, and what he has."""

    cluster: Cluster
    id: int
    password: str
    seed: bytes
    recovery: list[str]

    def code(self) -> str:
        return totp.code_of(self.seed, totp.step_of(self.cluster.time()))

    def next_code(self) -> str:
        """A code that was never used: of the step that comes."""
        self.cluster.time.pass_by(seconds=30)
        return self.code()

    def ask(self, code: str = "", password: str = "") -> Answer:
        headers = {"OTP": code} if code else {}
        answer = self.cluster.token("bob", password or self.password, headers=headers)
        assert isinstance(answer, Answer)
        return answer

    def client(self) -> Client:
        answer = self.ask(self.next_code())
        assert answer.status == 200, answer.message
        return self.cluster.client.signed_in(answer.json["access_token"])


@pytest.fixture
def bob(cluster: Cluster, time: Time) -> Bob:
    made, at = moto_cluster.kept("bob with an app", lambda: (with_app(cluster), time()))
    forget()
    time.now = at
    return replace(made, cluster=replace(cluster, client=client_of(time)))


def with_app(cluster: Cluster) -> Bob:
    id, password = cluster.make_user("bob")
    return enrolled(cluster, id, password, cluster.client.login("bob", password))


def enrolled(cluster: Cluster, id: int, password: str, client: Client) -> Bob:
    begun = client.post(OWN, {"password": password})
    assert begun.status == 200, begun.message
    made = Bob(cluster, id, password, totp.from_text(begun.json["secret"]), [])
    answer = client.post(f"{OWN}/confirm", {"code": made.code()})
    assert answer.status == 200, answer.message
    return replace(made, recovery=answer.json["recoveryCodes"])


def test_a_password_alone_lets_nobody_in_any_more(bob: Bob) -> None:
    assert bob.ask().json == FAILED
    assert bob.ask(bob.next_code()).status == 200
    assert [one[2] for one in trail() if one[0] == "LOGIN_FAILED"] == ["no code"]


def test_a_code_is_good_once(bob: Bob) -> None:
    code = bob.next_code()
    assert bob.ask(code).status == 200
    assert bob.ask(code).json == FAILED
    bob.cluster.time.pass_by(seconds=29)
    assert bob.ask(code).json == FAILED, "though its step still counts"
    assert trail()[-1] == ("LOGIN_FAILED", str(bob.id), "the code was used before")


def test_of_two_log_ins_at_once_with_one_code_one_gets_in(bob: Bob) -> None:
    code, first = bob.next_code(), list[Answer]()
    service = wiring.tokens()
    users = Meanwhile(service.users, "find_at_the_door", lambda: first.append(bob.ask(code)))
    attempt = Attempt("bob", Plain(bob.password), "192.0.2.1", Plain(code))
    with pytest.raises(LoginFailed):
        replace(service, users=users).log_in(attempt, bob.cluster.time())
    assert first[0].status == 200


def test_the_code_that_set_it_up_is_used(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    bob = enrolled(cluster, id, password, cluster.client.login("bob", password))
    assert bob.ask(bob.code()).json == FAILED


def test_wrong_codes_lock_like_wrong_passwords(bob: Bob) -> None:
    for _ in range(5):
        assert bob.ask("000000").json == FAILED
    assert bob.ask(bob.next_code()).json == FAILED
    bob.cluster.time.pass_by(minutes=15)
    assert bob.ask(bob.next_code()).status == 200


def test_a_right_code_does_not_tell_whether_the_password_was_right(bob: Bob, calls: Calls) -> None:
    bob.client()  # what a process reads once, it has read
    seen = []
    for code, password in (("000000", ""), (bob.next_code(), canary()), ("", canary()), ("", "")):
        calls.clear()
        assert bob.ask(code, password).json == FAILED
        seen.append([one.operation for one in calls.seen])
    assert all(one == seen[0] for one in seen)


def test_a_log_in_with_a_code_costs_four_calls(bob: Bob, calls: Calls) -> None:
    bob.client()
    code = bob.next_code()
    calls.clear()
    assert bob.ask(code).status == 200
    assert [one.operation for one in calls.seen] == [
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
        "TransactWriteItems",
    ]


def test_who_has_none_is_asked_for_none_and_may_send_any(cluster: Cluster) -> None:
    headers = {"OTP": "123456"}
    assert cluster.token(cluster.name, cluster.password, headers=headers).status == 200


def test_a_recovery_code_is_good_once_however_it_is_typed(bob: Bob) -> None:
    first, second = bob.recovery[:2]
    assert len(set(bob.recovery)) == 10
    assert bob.ask(first.upper().replace("-", " ")).status == 200
    assert bob.ask(first).json == FAILED
    answer = bob.ask(second)
    client = bob.cluster.client.signed_in(answer.json["access_token"])
    told = {"enabled": True, "required": False, "recoveryCodesLeft": 8, "enrolling": False}
    assert client.get(OWN).json == told


def test_outside_the_writing_region_an_app_will_do_and_recovery_codes_will_not(bob: Bob) -> None:
    service = wiring.tokens()
    elsewhere = replace(service, terms=lambda row: replace(service.terms(row), outside=True))
    attempt = Attempt("bob", Plain(bob.password), "192.0.2.1", Plain(bob.recovery[0]))
    with pytest.raises(LoginFailed):
        elsewhere.log_in(attempt, bob.cluster.time())
    attempt = replace(attempt, code=Plain(bob.next_code()))
    assert elsewhere.log_in(attempt, bob.cluster.time())
    with pytest.raises(LoginFailed):
        elsewhere.log_in(attempt, bob.cluster.time())


def test_recovery_codes_are_renewed_with_a_code_and_the_old_ones_die(bob: Bob) -> None:
    client = bob.client()
    assert client.post(f"{OWN}/recovery-codes", {"code": "000000"}).status == 400
    fresh = client.post(f"{OWN}/recovery-codes", {"code": bob.next_code()}).json["recoveryCodes"]
    assert bob.ask(bob.recovery[0]).json == FAILED
    assert bob.ask(fresh[0]).status == 200


def test_neither_seed_nor_recovery_code_lies_open_in_the_table(bob: Bob) -> None:
    rows = str(clients.client("dynamodb").scan(TableName=connection().data_table)["Items"])
    assert totp.as_text(bob.seed) not in rows
    assert bob.seed.hex() not in rows
    assert not [one for one in bob.recovery if one in rows or one.replace("-", "") in rows]


def test_the_seed_opens_where_a_rotation_looks_for_it(bob: Bob) -> None:
    item = clients.client("dynamodb").get_item(
        TableName=connection().data_table,
        Key={"pk": {"S": f"factor#{bob.id}"}, "sk": {"S": "factor"}},
    )["Item"]
    known = BY_KIND["factor"]
    (holder,) = known.holders(item)
    opened = wiring.keyring().open(holder["sealed"]["B"], known.place(item, holder))
    assert totp.from_text(opened.reveal()) == bob.seed


def test_a_node_that_cannot_open_the_seed_refuses_and_never_skips_the_factor(bob: Bob) -> None:
    row = FactorRow.get(f"factor#{bob.id}", "factor")
    row.update([FactorRow.sealed.set(bytes(row.sealed)[:-1] + b"x")])
    assert bob.ask(bob.next_code()).status == 503
    attempt = Attempt("bob", Plain(bob.password), "192.0.2.1")
    with pytest.raises((Unsealable, LoginFailed)):
        wiring.tokens().log_in(attempt, bob.cluster.time())


def test_setting_it_up_takes_the_password_and_a_code(cluster: Cluster) -> None:
    _, password = cluster.make_user("bob")
    client = cluster.client.login("bob", password)
    assert client.post(f"{OWN}/confirm", {"code": "123456"}).status == 404
    assert client.post(OWN, {"password": canary()}).status == 400
    client.post(OWN, {"password": password})
    assert client.post(f"{OWN}/confirm", {"code": "000000"}).status == 400
    assert cluster.token("bob", password).status == 200, "nobody is asked before that"
    failures = LoginRow.get(f"user#{cluster_id(client)}", "login").failures
    assert failures == []


def cluster_id(client: Client) -> int:
    return int(client.get(CURRENT).json["id"])


def test_beginning_again_forgets_the_seed_before_but_never_a_confirmed_one(bob: Bob) -> None:
    client = bob.client()
    answer = client.post(OWN, {"password": bob.password})
    assert (answer.status, answer.json["errorCode"]) == (409, "API_Conflict")
    id, password = bob.cluster.make_user("carol")
    carol = bob.cluster.client.login("carol", password)
    first = carol.post(OWN, {"password": password}).json["secret"]
    second = enrolled(bob.cluster, id, password, carol)
    assert totp.from_text(first) != second.seed


def test_setting_it_up_ends_all_other_sessions(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    other, client = (cluster.client.login("bob", password) for _ in range(2))
    enrolled(cluster, id, password, client)
    assert other.get(CURRENT).status == 401
    assert client.get(CURRENT).status == 200


def test_taking_it_away_takes_a_code(bob: Bob) -> None:
    client = bob.client()
    assert client.post(f"{OWN}/remove", {"code": "000000"}).status == 400
    assert client.post(f"{OWN}/remove", {"code": bob.recovery[0]}).json["success"] is True
    assert bob.ask().status == 200


# -- wanted by an administrator


def want(cluster: Cluster, id: int, value: bool = True) -> Answer:
    patch = {"data": {"oathTwoFactor": {"dirty": True, "value": value}}}
    answer = cluster.admin().patch(f"/api/v1/users/{id}", patch)
    assert answer.status == 200, answer.message
    return answer


def test_who_must_have_one_can_do_nothing_but_set_it_up(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    before = cluster.client.login("bob", password)
    found = want(cluster, id).json
    assert (found["oathTwoFactor"], found["oathVerified"]) == (True, False)
    assert before.get(CURRENT).status == 401, "sessions without it have ended"
    client = cluster.client.login("bob", password)
    refused = client.get(ANYTHING)
    assert (refused.status, refused.json["errorCode"]) == (400, "API_SecondFactorRequired")
    assert client.get(CURRENT).status == 200
    enrolled(cluster, id, password, client)
    assert client.get(ANYTHING).status == 200
    found = cluster.admin().get(f"/api/v1/users/{id}").json
    assert (found["oathTwoFactor"], found["oathVerified"]) == (True, True)
    (listed,) = cluster.admin().get("/api/v1/users?filter.searchText=bob").json["records"]
    assert listed["twoFactorMethod"] == "TOTPAuthenticator"


def test_a_session_that_may_only_enrol_stays_so_when_it_is_refreshed(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    want(cluster, id)
    issued = cluster.token("bob", password).json
    again = cluster.refresh(issued["refresh_token"]).json
    client = cluster.client.signed_in(again["access_token"])
    assert client.get(ANYTHING).json["errorCode"] == "API_SecondFactorRequired"


def test_a_reset_forgets_it_ends_his_sessions_and_leaves_the_wish(bob: Bob) -> None:
    want(bob.cluster, bob.id)
    client = bob.client()
    path = f"/api/v1/users/{bob.id}/reset-two-factor"
    answer = bob.cluster.admin().post(path, {"data": {"twoFactorType": "Oath"}})
    assert answer.json["success"] is True
    assert client.get(CURRENT).status == 401
    session = bob.cluster.client.signed_in(bob.ask().json["access_token"])
    assert session.get(ANYTHING).json["errorCode"] == "API_SecondFactorRequired"
    assert ("TWO FACTOR RESET", str(bob.id), "") in trail()
    assert bob.cluster.admin().post(path, {}).status == 200, "it may be repeated"


def test_nobody_resets_his_own_or_that_of_who_has_more_rights(bob: Bob) -> None:
    admin = bob.cluster.admin()
    own = admin.post("/api/v1/users/1/reset-two-factor", {})
    assert (own.status, own.json["errorCode"]) == (400, "API_AccessDenied")
    role = admin.post("/api/v1/roles", {"name": "Desk"}).json["id"]
    admin.put(f"/api/v1/roles/{role}/permissions", {"permissions": ["Administer Users"]})
    admin.post(f"/api/v1/users/{bob.id}/roles", {"roleIds": [role]})
    assert bob.client().post("/api/v1/users/1/reset-two-factor", {}).status == 400


def test_an_administrator_may_want_it_no_more(bob: Bob) -> None:
    assert want(bob.cluster, bob.id, False).json["oathTwoFactor"] is False
    assert bob.ask().status == 200
    assert ("TWO FACTOR OFF", str(bob.id), "") in trail()


def test_kinds_that_nothing_would_ask_for_are_refused(cluster: Cluster) -> None:
    admin, body = cluster.admin(), {"displayName": "Ada"}
    for field in ("duoTwoFactor", "radiusTwoFactor"):
        assert "oathTwoFactor" in admin.put("/api/v1/users/1", body | {field: True}).message
        assert admin.put("/api/v1/users/1", body | {field: False}).status == 200


def test_codes_of_a_clock_that_is_a_little_wrong_count(bob: Bob) -> None:
    bob.cluster.time.pass_by(minutes=5)
    late = totp.code_of(bob.seed, totp.step_of(bob.cluster.time() - timedelta(seconds=30)))
    assert bob.ask(late).status == 200
