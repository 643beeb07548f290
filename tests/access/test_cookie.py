"""The console's refresh token: never in an answer's text, and good for its own page only."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.routes.cookie import check_origin
from chalicelib.core.errors import LoginFailed
from chalicelib.web.errors import LOGIN_HELP
from tests.access.conftest import Cluster, trail
from tests.calls import Calls

HERE = {"host": "vault.test", "origin": "https://vault.test", "x-conclave-console": "1"}
FAILED = {"error": "Login failed.", "error_description": LOGIN_HELP}
CURRENT = "/api/v1/users/current"


def log_in(cluster: Cluster, **headers: str) -> Any:
    return cluster.token(cluster.name, cluster.password, headers=HERE | headers)


def refresh(cluster: Cluster, cookie: str, **headers: str) -> Any:
    sent = HERE | {"cookie": cookie} | headers
    return cluster.client.post("/oauth2/token", form={"grant_type": "refresh_token"}, headers=sent)


def cookie_of(answer: Any) -> str:
    return str(answer.headers["set-cookie"].split(";")[0])


def test_the_console_is_given_a_cookie_that_no_script_reads(cluster: Cluster) -> None:
    answer = log_in(cluster)
    parts = answer.headers["set-cookie"].split("; ")
    assert parts[0].startswith("conclave-refresh=1.")
    assert set(parts[1:]) == {
        "Path=/SecretServer/oauth2/token",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
    }
    assert answer.json["refresh_token"] == ""
    client = cluster.client.signed_in(answer.json["access_token"])
    assert client.get(CURRENT).status == 200


def test_nobody_else_is_given_a_cookie(cluster: Cluster) -> None:
    answer = cluster.token(cluster.name, cluster.password, headers={"origin": HERE["origin"]})
    assert "set-cookie" not in answer.headers
    assert answer.json["refresh_token"]


def test_a_cookie_is_rotated_and_an_old_one_ends_the_family(cluster: Cluster) -> None:
    first = log_in(cluster)
    second = refresh(cluster, cookie_of(first))
    assert second.status == 200 and cookie_of(second) != cookie_of(first)
    assert refresh(cluster, cookie_of(first)).json == FAILED
    assert refresh(cluster, cookie_of(second)).json == FAILED
    assert cluster.client.signed_in(second.json["access_token"]).get(CURRENT).status == 401
    assert any(action == "SESSION_ENDED" for action, _, _ in trail())


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://vault.test"},
        {"origin": "https://vault.test:444"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_is_refused_and_uses_nothing_up(
    cluster: Cluster, wrong: dict[str, str]
) -> None:
    first = cookie_of(log_in(cluster))
    assert refresh(cluster, first, **wrong).json == FAILED
    assert log_in(cluster, **wrong).json == FAILED
    assert refresh(cluster, first).status == 200


PUBLIC = {"host": "a1.execute-api.us-east-1.amazonaws.com", "origin": "https://vault.example.com"}
"""What a browser and a balancer send that gives each node its own name as host."""


@pytest.mark.parametrize(
    "url", ["https://vault.example.com/SecretServer", "https://Vault.Example.com:443"]
)
def test_a_page_of_the_custom_url_is_one_of_ours_whatever_host_the_balancer_names(
    cluster: Cluster, url: str
) -> None:
    assert log_in(cluster, **PUBLIC).json == FAILED
    wiring.settings().change(1, {"custom_url": url})
    first = log_in(cluster, **PUBLIC)
    assert first.status == 200
    for wrong in ("https://evil.test", "http://vault.example.com", "https://vault.example.com:444"):
        assert refresh(cluster, cookie_of(first), **PUBLIC | {"origin": wrong}).json == FAILED
    elsewhere = PUBLIC | {"sec-fetch-site": "cross-site"}
    assert refresh(cluster, cookie_of(first), **elsewhere).json == FAILED
    assert refresh(cluster, cookie_of(first), **PUBLIC).status == 200
    wiring.settings().change(1, {"custom_url": ""})
    assert log_in(cluster, **PUBLIC).json == FAILED


def test_the_cookie_counts_for_the_console_only(cluster: Cluster) -> None:
    cookie = cookie_of(log_in(cluster))
    form = {"grant_type": "refresh_token"}
    without = {"cookie": cookie, "origin": HERE["origin"], "host": HERE["host"]}
    assert cluster.client.post("/oauth2/token", form=form, headers=without).json == FAILED
    assert cluster.client.get(CURRENT, headers=HERE | {"cookie": cookie}).status == 401
    assert refresh(cluster, cookie).status == 200


@pytest.mark.parametrize(
    "cookie", ["", "x=y", "conclave-refresh=", "conclave-refresh=1.x.y", "\x00;="]
)
def test_a_cookie_that_is_none_is_refused_like_any_other(cluster: Cluster, cookie: str) -> None:
    answer = refresh(cluster, cookie)
    assert (answer.status, answer.json) == (400, FAILED)


def test_opening_the_console_without_a_cookie_costs_no_call(cluster: Cluster, calls: Calls) -> None:
    assert refresh(cluster, "").json == FAILED
    assert calls.seen == []


@pytest.mark.parametrize(
    ("host", "scheme", "secure"),
    [
        ("127.0.0.1:8100", "http", False),
        ("[::1]:8100", "http", False),
        ("localhost:8100", "http", False),
        ("127.0.0.1:8443", "https", True),
        ("vault.test", "http", True),
        ("127.0.0.1.evil.test", "http", True),
    ],
)
def test_only_plain_http_on_loopback_goes_without_secure(
    cluster: Cluster, host: str, scheme: str, secure: bool
) -> None:
    headers = {"host": host, "origin": f"{scheme}://{host}", "x-forwarded-proto": scheme}
    cookie = log_in(cluster, **headers).headers["set-cookie"]
    assert ("Secure" in cookie) is secure


def test_logging_out_has_the_browser_forget(cluster: Cluster) -> None:
    first = log_in(cluster)
    client = cluster.client.signed_in(first.json["access_token"])
    answer = client.post("/api/v1/oauth-expiration", headers=HERE)
    assert answer.json is True and "Max-Age=0" in answer.headers["set-cookie"]
    assert refresh(cluster, cookie_of(first)).json == FAILED


def test_a_request_without_a_host_has_no_origin_to_match() -> None:
    with pytest.raises(LoginFailed):
        check_origin({"origin": "https://"}, str)
