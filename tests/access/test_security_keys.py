"""Security keys: signing in with one, in the console alone; keeping several; losing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.access.store.once import OnceRow
from chalicelib.access.store.security_keys import KeysRow
from chalicelib.core import totp
from tests import moto_cluster
from tests.access.authenticator import FLAG, ORIGIN, Authenticator
from tests.access.conftest import Cluster, Time, client_of, trail
from tests.calls import recording
from tests.canary import canary
from tests.client import Answer, Client
from tests.conftest import forget

OWN = "/api/v1/users/current/security-keys"
PAGE = {"Origin": ORIGIN, "Host": "vault.example.com", "X-Conclave-Console": "1"}


@dataclass
class Keyed:
    """Somebody with a security key, at the console."""

    cluster: Cluster
    id: int
    password: str = field(repr=False)
    key: Authenticator = field(default_factory=Authenticator)
    recovery: list[str] = field(default_factory=list, repr=False)

    def ask(self, name: str = "kay", **options: Any) -> dict[str, Any]:
        answer = self.cluster.client.post(
            "/api/v1/security-keys/challenge", {"userName": name}, headers=PAGE, **options
        )
        assert answer.status == 200, answer.message
        return dict(answer.json)

    def show(self, asked: dict[str, Any], credential: dict[str, Any], **changed: Any) -> Answer:
        body = {
            "challengeId": asked["challengeId"],
            "userName": "kay",
            "password": self.password,
            "credential": credential,
        }
        self.cluster.time.pass_by(seconds=1)
        answer = self.cluster.client.post(
            "/api/v1/security-keys/sign-in", body | changed, headers=PAGE
        )
        assert isinstance(answer, Answer)
        return answer

    def sign_in(self) -> Client:
        asked = self.ask()
        answer = self.show(asked, self.key.get(asked["options"]))
        assert answer.status == 200, answer.message
        assert answer.json["refresh_token"] == "", "it is in the cookie"
        assert "HttpOnly" in answer.headers["set-cookie"]
        return self.cluster.client.signed_in(answer.json["access_token"])

    def password_alone(self, otp: str = "") -> Answer:
        headers = {"OTP": otp} if otp else {}
        self.cluster.time.pass_by(seconds=1)
        answer = self.cluster.token("kay", self.password, headers=headers)
        assert isinstance(answer, Answer)
        return answer

    def confirmed(self, client: Client) -> dict[str, Any]:
        """His key for what he changes of his keys."""
        asked = client.post(f"{OWN}/challenge", headers=PAGE).json
        shown = self.key.get(asked["options"])
        return {"challengeId": asked["challengeId"], "credential": shown}


def register(
    client: Client, password: str, key: Authenticator, name: str = "Blue", **proof: Any
) -> Answer:
    begun = client.post(f"{OWN}/begin", {"password": password, **proof}, headers=PAGE)
    if begun.status != 200:
        return begun
    made = key.create(begun.json["options"])
    body = {"challengeId": begun.json["challengeId"], "name": name, "credential": made}
    return client.post(OWN, body, headers=PAGE)


def with_key(cluster: Cluster) -> Keyed:
    id, password = cluster.make_user("kay")
    made = Keyed(cluster, id, password)
    answer = register(cluster.client.login("kay", password), password, made.key)
    assert answer.status == 200, answer.message
    return replace(made, recovery=answer.json["recoveryCodes"])


@pytest.fixture
def kay(cluster: Cluster, time: Time) -> Keyed:
    made, at = moto_cluster.kept("kay with a key", lambda: (with_key(cluster), time()))
    forget()
    time.now = at
    return replace(made, cluster=replace(cluster, client=client_of(time)), key=replace(made.key))


def last() -> str:
    return trail()[-1][2]


def test_who_has_a_key_comes_in_by_the_console_alone(kay: Keyed) -> None:
    """By password, key and nothing less; the API's password grant points to a token."""
    refused = kay.password_alone()
    assert (refused.status, last()) == (400, "no security key")
    assert "API token" in refused.json["error_description"]
    kay.password_alone("123456")
    assert last() == "wrong code", "there is no app to have made it"
    kay.ask()  # opens the keyring
    with recording() as made:
        asked = kay.ask()
    assert made.count() == 3, "the gate, the throttle, the challenge"
    credential = kay.key.get(asked["options"])
    with recording() as made:
        answer = kay.show(asked, credential)
    assert answer.status == 200, answer.message
    assert made.count() == 6, "the gate, the challenge, and four as every log-in"
    client = kay.cluster.client.signed_in(answer.json["access_token"])
    assert kay.cluster.admin().get(f"/api/v1/users/{kay.id}").json["fido2TwoFactor"] is True
    (key,) = client.get(OWN).json["keys"]
    assert (key["name"], key["site"]) == ("Blue", "vault.example.com")
    assert key["lastUsed"]
    users = kay.cluster.admin().get("/api/v1/users").json["records"]
    assert [one["twoFactorMethod"] for one in users] == ["None", "Fido2"]


def test_a_challenge_is_good_once_for_one_attempt_and_not_for_long(kay: Keyed) -> None:
    gone = "the challenge has ended, was used, or is not of this attempt"
    asked = kay.ask()
    shown = kay.key.get(asked["options"])
    assert kay.show(asked, shown).status == 200
    assert kay.show(asked, shown).status == 400
    assert last() == gone
    of_another = kay.ask("somebody-else")
    assert kay.show(of_another, kay.key.get(of_another["options"])).status == 400
    assert last() == gone
    late = kay.ask()
    kay.cluster.time.pass_by(minutes=5)
    assert kay.show(late, kay.key.get(late["options"])).status == 400
    assert last() == gone
    asked, wrong = kay.ask(), canary()
    assert kay.show(asked, kay.key.get(asked["options"]), password=wrong).status == 400
    assert last() == "wrong password"
    assert kay.show(asked, kay.key.get(asked["options"])).status == 400
    assert not list(OnceRow.scan()), "each was used up, whatever came of it"


WRONG: dict[str, tuple[Callable[[Authenticator], object], str]] = {
    "another page's": (lambda key: setattr(key, "origin", "https://evil.example"), "origin"),
    "another site's": (lambda key: setattr(key, "site", "evil.example"), "RP ID"),
    "in a frame": (lambda key: setattr(key, "crosses", True), "frame"),
    "user not verified": (lambda key: setattr(key, "flags", FLAG.UP), "verif"),
    "nobody there": (lambda key: setattr(key, "flags", FLAG.UV), "Present"),
    "a copy, behind": (lambda key: setattr(key, "counter", -1), "counter went back"),
    "another key": (lambda key: setattr(key, "private", Authenticator().private), "signature"),
    "unknown": (lambda key: setattr(key, "id", b"unknown"), "Unknown credential"),
    "another user's": (lambda key: setattr(key, "user", "dXNlci0x"), "another user's"),
}


def test_nothing_but_the_very_key_will_do(kay: Keyed) -> None:
    """Each is refused in the same words; the trail knows why."""
    kay.key.counter = 7
    kay.sign_in()
    texts = set()
    for name, (spoil, why) in WRONG.items():
        key, asked = replace(kay.key), kay.ask()
        spoil(key)
        answer = kay.show(asked, key.get(asked["options"]))
        texts.add(answer.body)
        assert answer.status == 400, name
        assert why in last(), name
        kay.cluster.time.pass_by(minutes=16)
    asked = kay.ask()
    answer = kay.show(asked, kay.key.get(asked["options"], signature=b"", authenticatorData=b"x"))
    assert (answer.status, last()) == (400, "security key: the answer is none")
    assert len({*texts, answer.body}) == 1
    for _ in range(5):
        asked = kay.ask()
        kay.show(asked, Authenticator(user=kay.key.user).get(asked["options"]))
    assert kay.password_alone(kay.recovery[0]).status == 400
    assert last() == "the account is locked", "a wrong key counts like a wrong password"


def test_only_a_page_of_the_console_may_ask(kay: Keyed) -> None:
    for headers in ({}, PAGE | {"Origin": "https://evil.example"}, {"Host": "vault.example.com"}):
        body = {"userName": "kay"}
        answer = kay.cluster.client.post("/api/v1/security-keys/challenge", body, headers=headers)
        assert answer.status == 400
    assert kay.ask("nobody-of-that-name").keys() == kay.ask().keys()


def test_several_keys_with_names_and_each_removal_takes_a_factor(kay: Keyed) -> None:
    client, green = kay.sign_in(), Authenticator()
    assert register(client, kay.password, green).status == 400, "the password is not enough"
    assert register(client, kay.password, green, code=kay.recovery[0]).status == 200
    again = register(client, kay.password, green, "Again", **kay.confirmed(client))
    assert again.status == 409, "one key is registered once"
    assert client.post(f"{OWN}/begin", {"password": canary()}, headers=PAGE).status == 400
    found = client.get(OWN).json
    assert [one["name"] for one in found["keys"]] == ["Blue", "Blue"]
    assert found["recoveryCodesLeft"] == 9
    used_up = {"code": kay.recovery[0]}
    assert client.post(f"{OWN}/2/remove", used_up).status == 400
    assert client.post(f"{OWN}/7/remove", kay.confirmed(client), headers=PAGE).status == 404
    assert client.post(f"{OWN}/1/remove", kay.confirmed(client), headers=PAGE).status == 200
    kay.cluster.time.pass_by(minutes=16)
    client = kay.cluster.client.signed_in(kay.password_alone(kay.recovery[3]).json["access_token"])
    asked = kay.ask()
    assert kay.show(asked, kay.key.get(asked["options"])).status == 400
    asked = kay.ask()
    assert kay.show(asked, green.get(asked["options"])).status == 200
    codes = client.post(f"{OWN}/recovery-codes", {"code": kay.recovery[1]}).json["recoveryCodes"]
    assert kay.password_alone(kay.recovery[2]).status == 400
    assert kay.password_alone(codes[0]).status == 200
    assert kay.password_alone(codes[0]).status == 400, "once"
    assert client.post(f"{OWN}/2/remove", {"code": codes[1]}).status == 200
    assert not list(KeysRow.scan())
    assert kay.password_alone().status == 200
    told = Counter(one[0] for one in trail())
    assert (told["SECURITY KEY ADDED"], told["SECURITY KEY REMOVED"]) == (2, 2)
    assert told["RECOVERY CODES RENEWED"] == 1


def test_an_app_beside_a_key_takes_both_factors_to_get_rid_of_one(kay: Keyed) -> None:
    client, path = kay.sign_in(), "/api/v1/users/current/two-factor"
    assert client.post(path, {"password": kay.password}).status == 400
    begun = client.post(path, {"password": kay.password, "code": kay.recovery[0]})
    seed = totp.from_text(begun.json["secret"])
    time = kay.cluster.time
    code = totp.code_of(seed, totp.step_of(time()))
    assert client.post(f"{path}/confirm", {"code": code}).status == 200
    time.pass_by(seconds=30)
    code = totp.code_of(seed, totp.step_of(time()))
    assert kay.password_alone(code).status == 200, "with an app the API takes its codes"
    assert client.post(f"{path}/remove", {"code": kay.recovery[1]}).status == 200
    assert kay.password_alone(kay.recovery[1]).status == 400, "it was used up"
    assert kay.sign_in()


def test_an_administrator_wants_a_key_of_somebody_and_resets_it(kay: Keyed) -> None:
    cluster = kay.cluster
    admin, path = cluster.admin(), f"/api/v1/users/{kay.id}"
    old = kay.sign_in()
    reset = {"data": {"twoFactorType": "Fido"}}
    assert admin.post("/api/v1/users/1/reset-two-factor", reset).status == 400, "not one's own"
    assert admin.post(f"{path}/reset-two-factor", reset).status == 200
    assert old.get(OWN).status == 401
    wanted = {"data": {"fido2TwoFactor": {"dirty": True, "value": True}}}
    assert admin.patch(path, wanted).json["fido2TwoFactor"] is True
    bare = cluster.client.login("kay", kay.password)
    assert bare.get("/api/v1/users/lookup").json["errorCode"] == "API_SecondFactorRequired"
    assert bare.get(OWN).json["required"] is True
    assert register(bare, kay.password, kay.key).status == 200
    assert bare.get("/api/v1/users/lookup").status == 200
    kay.sign_in()
    off = {"data": {"fido2TwoFactor": {"dirty": True, "value": False}}}
    assert admin.patch(path, off).json["fido2TwoFactor"] is False
    assert kay.password_alone().status == 200
