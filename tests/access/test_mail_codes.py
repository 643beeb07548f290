"""Codes by e-mail as second factor, and second factors that are wanted of everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import NAMES
from chalicelib.access.principal import Principal
from chalicelib.access.store.mail_codes import MailCodeRow
from chalicelib.access.user_change import UserChange
from chalicelib.core.errors import AccessDenied
from chalicelib.mail.mail import Letter
from chalicelib.settings.mail import MailSettings
from tests.access.conftest import Cluster, trail
from tests.canary import canary
from tests.client import Answer
from tests.mail.test_mail import deliver, waiting

EMAIL = "/api/v1/configuration/email"
LOGIN = "/api/v2/configuration/login"
ADDRESS = "bob@example.com"


@dataclass
class Bob:
    """A user to whom codes are mailed, and what lies in his inbox."""

    cluster: Cluster
    id: int
    password: str
    inbox: list[str] = field(default_factory=list)

    def ask(self, code: str = "", password: str = "", address: str = "") -> Answer:
        client = self.cluster.client
        client = replace(client, address=address) if address else client
        form = {"grant_type": "password", "username": "bob"}
        form["password"] = password or self.password
        return client.post("/oauth2/token", form=form, headers={"OTP": code} if code else {})

    def mailed(self) -> str:
        """The code of the mail that comes now."""
        for message in waiting():
            deliver(message)
        return self.inbox[-1]


def patch(value: object) -> dict[str, object]:
    return {"dirty": True, "value": value}


@pytest.fixture
def bob(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Bob:
    id, password = cluster.make_user("bob")
    made, admin = Bob(cluster, id, password), cluster.admin()
    user = f"/api/v1/users/{id}"
    assert "e-mail address" in admin.patch(user, {"twoFactor": patch(True)}).message
    both = {"emailAddress": patch(ADDRESS), "twoFactor": patch(True)}
    assert "Set up mail first" in admin.patch(user, both).message
    sender = {"data": {"fromEmailAddress": patch("conclave@example.com")}}
    assert admin.patch(EMAIL, sender).status == 200
    shown = admin.patch(user, both)
    assert shown.json["twoFactor"] is True, shown.message

    def keep(letter: Letter, settings: MailSettings) -> None:
        assert letter.address == ADDRESS and settings.is_on
        found = re.search(r"^    ([0-9]{6})$", letter.text.reveal(), re.M)
        assert found is not None
        made.inbox.append(found[1])

    postman = replace(wiring.postman(), post=keep)
    monkeypatch.setattr(wiring, "postman", lambda: postman)
    return made


def test_a_code_is_mailed_for_the_right_password_and_counts_once(bob: Bob) -> None:
    wrong = bob.ask(password=canary())
    assert waiting() == []
    asked = bob.ask()
    assert (asked.status, asked.json) == (wrong.status, wrong.json), "they tell nothing apart"
    code = bob.mailed()
    (row,) = MailCodeRow.scan()
    assert code not in str(row.attribute_values), "hashed at rest"
    assert bob.ask(code).status == 200
    assert bob.ask(code).status == 400, "once"
    details = [detail for action, _, detail in trail() if action == "LOGIN_FAILED"]
    assert sorted(details) == ["a code was mailed", "wrong code", "wrong password"]


def test_a_code_is_bound_to_its_attempt(bob: Bob) -> None:
    """To its address, its password, the newest mail from there, and ten minutes."""
    assert bob.ask(address="192.0.2.7").status == 400
    code = bob.mailed()
    assert bob.ask(code, address="198.51.100.1").status == 400
    bob.ask(address="192.0.2.7")
    newer = bob.mailed()
    assert newer == code or bob.ask(code, address="192.0.2.7").status == 400
    assert bob.ask(newer, password=canary(), address="192.0.2.7").status == 400
    bob.cluster.time.pass_by(minutes=10)
    assert bob.ask(newer, address="192.0.2.7").status == 400, "its time is over"


def test_codes_are_mailed_sparingly_and_wrong_ones_lock(bob: Bob) -> None:
    for _ in range(7):
        assert bob.ask().status == 400
    assert len(waiting()) == 5
    user = f"/api/v1/users/{bob.id}"
    admin = bob.cluster.sign_in()
    assert admin.get(user).json["isLockedOut"] is False, "asking for a code is no failure"
    for _ in range(5):
        assert bob.ask("000000x").status == 400
    assert admin.get(user).json["isLockedOut"] is True


def test_nobody_gets_rid_of_his_own_codes(bob: Bob) -> None:
    admin = bob.cluster.sign_in()
    me = f"/api/v1/users/{admin.get('/api/v1/users/current').json['id']}"
    both = {"emailAddress": patch("ada@example.com"), "twoFactor": patch(True)}
    assert admin.patch(me, both).status == 200
    assert admin.get(me).status == 401, "sessions of before end"
    ada = Principal(int(me.rpartition("/")[2]), "ada", "Ada", NAMES)
    for change in (UserChange(mails_codes=False), UserChange(email_address="x@example.com")):
        with pytest.raises(AccessDenied, match="another administrator"):
            wiring.users().change(ada, ada.user_id, change, bob.cluster.time())
    wiring.users().change(ada, bob.id, UserChange(mails_codes=False), bob.cluster.time())
    assert bob.ask().status == 200


def test_a_second_factor_is_wanted_of_everybody(cluster: Cluster) -> None:
    """Who has none may only set one up, from his next log-in on; applications go on."""
    _, password = cluster.make_user("bob")
    admin = cluster.admin()
    name = {"twoFactor": {"requireTwoFactorForWebServices": patch(True)}}
    shown = admin.patch(LOGIN, {"data": name}).json["twoFactor"]
    assert shown["requireTwoFactorForWebLogin"] is shown["requireTwoFactorForWebServices"] is True
    bob = cluster.client.login("bob", password)
    refused = bob.get("/api/v1/users/lookup")
    assert refused.json["errorCode"] == "API_SecondFactorRequired"
    assert bob.get("/api/v1/users/current/two-factor").status == 200
    robot = canary()
    body = {"userName": "robot", "displayName": "R", "password": robot}
    made = admin.post("/api/v1/users", {**body, "isApplicationAccount": True})
    assert made.status == 200
    assert cluster.client.login("robot", robot).get("/api/v1/users/lookup").status == 200
