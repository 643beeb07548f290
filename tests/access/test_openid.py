"""Signing in at a provider, against a test provider in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.fetch import Fetch
from chalicelib.access.store.once import OnceRow
from chalicelib.access.store.openid import ProviderRow
from chalicelib.core.errors import Unavailable
from chalicelib.keys.store.sealed import BY_KIND
from tests.access.conftest import Cluster, trail
from tests.access.provider import CLIENT, TestProvider, running
from tests.calls import recording
from tests.canary import canary
from tests.client import Answer, Client

PATH = "/api/v1/openid-connect"
OWN = "/api/v1/users/current/openid-connect"
ORIGIN = "https://vault.example.com"
PAGE = {"Origin": ORIGIN, "Host": "vault.example.com"}


@dataclass
class Desk:
    """A cluster with a provider, at which bob is `b-1`."""

    cluster: Cluster
    provider: TestProvider
    bob: int
    password: str = field(repr=False)

    def begin(self, client: Client | None = None, path: str = PATH, **body: Any) -> dict[str, str]:
        """What the browser brings back, and the cookie that it kept."""
        answer = (client or self.cluster.client).post(f"{path}/1/begin", body, headers=PAGE)
        assert answer.status == 200, answer.message
        cookie = answer.headers["set-cookie"]
        assert all(one in cookie for one in ("HttpOnly", "SameSite=Strict", "Secure", "Max-Age"))
        return self.provider.visited(answer.json["url"]) | {"cookie": cookie.partition(";")[0]}

    def finish(self, back: dict[str, str], **headers: str) -> Answer:
        sent = PAGE | {"Cookie": back["cookie"]} | headers
        body = {"code": back["code"], "state": back["state"]}
        self.cluster.time.pass_by(seconds=1)
        answer = self.cluster.client.post(f"{PATH}/complete", body, headers=sent)
        assert isinstance(answer, Answer)
        return answer

    def why(self, **facts: Any) -> str:
        """Why the trail says that nobody came in, for what the provider says of somebody."""
        self.provider.says(**{"sub": "b-1", **facts})
        answer = self.finish(self.begin())
        assert answer.status == 400
        assert answer.message == "Login failed. Whatever was wrong, the answer is the same."
        return refusal()


def refusal() -> str:
    """Why somebody did not come in last."""
    return [one[2] for one in trail() if one[0] == "LOGIN_FAILED"][-1]


@pytest.fixture(scope="module")
def provider() -> Iterator[TestProvider]:
    with running() as made:
        yield made


@pytest.fixture
def desk(cluster: Cluster, provider: TestProvider) -> Desk:
    """The provider is reached because it is listed as a loopback target; see the test of that."""
    listed = provider.issuer.removeprefix("http://")
    wiring.settings().change(1, {"loopback_targets": [listed]})
    bob, password = cluster.make_user("bob")
    admin = cluster.admin()
    body = {"name": "Corp", "issuer": provider.issuer, "clientId": CLIENT}
    made = admin.post(f"{PATH}/providers", body | {"clientSecret": provider.secret})
    assert made.status == 200, made.message
    link = {"issuer": provider.issuer, "subject": "b-1"}
    assert admin.post(f"/api/v1/users/{bob}/openid-connect", link).status == 200
    provider.says(sub="b-1")
    return Desk(cluster, provider, bob, password)


def test_a_linked_subject_comes_in_as_its_user(desk: Desk) -> None:
    offers = desk.cluster.client.get(f"{PATH}/offers").json["providers"]
    assert offers == [{"id": 1, "name": "Corp"}]
    back = desk.begin()
    with recording() as made:
        answer = desk.finish(back)
    assert answer.status == 200, answer.message
    assert made.count() == 7, "gate, throttle, what was begun, provider, link, user, session"
    assert (answer.json["refresh_token"], "HttpOnly" in answer.headers["set-cookie"]) == ("", True)
    client = desk.cluster.client.signed_in(answer.json["access_token"])
    assert client.get("/api/v1/users/current").json["id"] == desk.bob
    assert ("LOGIN", str(desk.bob), "OpenID Connect: Corp") in trail()
    assert not list(OnceRow.scan())
    assert desk.finish(back).status == 400, "once"
    desk.cluster.admin().delete(f"/api/v1/users/{desk.bob}")
    assert client.get("/api/v1/users/current").status == 401, "its sessions are as all are"


def test_what_the_provider_says_must_hold(desk: Desk) -> None:
    """Each is refused in the same words; the trail knows why."""
    late = int(desk.cluster.time().timestamp())
    assert "linked to nobody" in desk.why(sub="b-2"), "whatever its e-mail address"
    assert "not one of ours" in desk.why(alg="none")
    assert "not one of ours" in desk.why(alg="HS256"), "the public key is no secret"
    assert "does not hold" in desk.why(forged=True)
    assert "not the provider's" in desk.why(kid="unknown")
    for claims, why in {
        ("iss", "https://evil.example"): "another issuer's",
        ("aud", "another"): "for another client",
        ("azp", "another"): "given to another client",
        ("nonce", "n"): "nonce is another's",
        ("nonce", None): "nonce is another's",
        ("exp", late - 120): "has expired",
        ("iat", late + 600): "of the future",
        ("sub", None): "names nobody",
    }.items():
        assert why in desk.why(claims=dict([claims]))
    assert "given to another client" in desk.why(claims={"aud": [CLIENT, "another"]})
    desk.provider.says(sub="b-1", rotate=True)
    assert desk.finish(desk.begin()).status == 200, "new keys are found by one more look"
    told = [one[2] for one in trail() if one[0] == "LOGIN_FAILED"]
    assert not [one for one in told if "ada@example.com" in one]


def test_only_the_browser_that_began_it_finishes_it_and_in_time(desk: Desk) -> None:
    back = desk.begin()
    assert desk.finish(back, Cookie="conclave-away=another").status == 400
    assert "another browser" in refusal()
    assert desk.finish(back).status == 400, "that used it up"
    assert desk.finish(desk.begin(), Origin="https://evil.example").status == 400
    assert desk.finish(desk.begin() | {"code": "made-up"}).status == 400
    assert "refuses the code" in refusal()
    back = desk.begin()
    desk.cluster.time.pass_by(minutes=10)
    assert desk.finish(back).status == 400
    assert "has ended" in refusal()
    back = desk.begin()
    changed = {"clientId": "another", "clientSecret": canary()}
    assert desk.cluster.admin().put(f"{PATH}/providers/1", changed).status == 200
    assert desk.finish(back).status == 400
    assert "changed meanwhile" in refusal()


def test_who_may_not_come_in_does_not_by_a_provider_either(desk: Desk) -> None:
    admin, path = desk.cluster.admin(), f"/api/v1/users/{desk.bob}"
    assert admin.post(f"{path}/lock-out", {"data": {}}).status == 200
    assert desk.why() == "OpenID Connect: Corp: the account is locked"
    unlocked = {"data": {"isLockedOut": {"dirty": True, "value": False}}}
    assert admin.patch(path, unlocked).status == 200
    assert admin.delete(path).status == 200
    assert desk.why() == "OpenID Connect: Corp: the account is disabled"


def test_a_user_links_himself_with_his_password_and_unlinks(desk: Desk) -> None:
    client = desk.cluster.client.login("bob", desk.password)
    assert client.post(f"{OWN}/1/begin", {"password": canary()}, headers=PAGE).status == 400
    back = desk.begin(client, OWN, password=desk.password)
    desk.provider.says(sub="b-9")
    body, sent = {"code": back["code"], "state": back["state"]}, PAGE | {"Cookie": back["cookie"]}
    other = desk.cluster.client.login("bob", desk.password)
    assert desk.finish(back).status == 400, "what links does not sign in"
    assert other.post(f"{OWN}/complete", body, headers=sent).status == 400, "another session"
    back = desk.begin(client, OWN, password=desk.password)
    body, sent = {"code": back["code"], "state": back["state"]}, PAGE | {"Cookie": back["cookie"]}
    assert client.post(f"{OWN}/complete", body, headers=sent).json["subject"] == "b-9"
    assert desk.finish(desk.begin()).status == 200
    links = client.get(OWN).json["records"]
    assert [one["subject"] for one in links] == ["b-1", "b-9"]
    taken = {"issuer": desk.provider.issuer, "subject": "b-9"}
    id, _ = desk.cluster.make_user("eve")
    admin = desk.cluster.admin()
    assert admin.post(f"/api/v1/users/{id}/openid-connect", taken).status == 409
    assert admin.post("/api/v1/users/1/openid-connect", taken).status == 400, "not one's own"
    assert client.delete(f"{OWN}/{links[1]['id']}").status == 200
    assert "linked to nobody" in desk.why(sub="b-9")
    path = f"/api/v1/users/{desk.bob}/openid-connect"
    assert admin.delete(f"{path}/{links[0]['id']}").status == 200
    assert admin.get(path).json["records"] == []


def test_providers_are_kept_with_their_secret_sealed(desk: Desk) -> None:
    admin = desk.cluster.admin()
    (row,) = ProviderRow.scan()
    assert desk.provider.secret.encode() not in bytes(row.sealed)
    assert BY_KIND["openid-provider"]
    (shown,) = admin.get(f"{PATH}/providers").json["records"]
    assert (shown["hasClientSecret"], shown["scopes"]) == (True, ["openid"])
    assert shown["redirectPath"] == "/SecretServer/login"
    put = {"issuer": "https://login.example.com"}
    assert "client secret" in admin.put(f"{PATH}/providers/1", put).message
    for issuer in ("http://login.example.com", "https://a@b.example", "ftp://x", "https://x/?a=1"):
        body = {"name": "X", "issuer": issuer, "clientId": "c"}
        assert admin.post(f"{PATH}/providers", body).status == 400, issuer
    off = admin.put(f"{PATH}/providers/1", {"enabled": False, "scopes": ["openid", "email"]})
    assert off.json["scopes"] == ["openid", "email"]
    assert desk.cluster.client.get(f"{PATH}/offers").json["providers"] == []
    assert desk.cluster.client.post(f"{PATH}/1/begin", headers=PAGE).status == 404
    assert admin.delete(f"{PATH}/providers/1").status == 200
    assert admin.delete(f"{PATH}/providers/1").status == 404


def test_nothing_near_is_asked_unless_it_is_listed(provider: TestProvider) -> None:
    with pytest.raises(Unavailable, match="loopback target"):
        Fetch(list)(f"{provider.issuer}/jwks")
    with pytest.raises(Unavailable, match="will not do"):
        Fetch(list)("http://login.example.com/jwks")
