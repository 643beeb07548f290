"""One-time-password codes of secrets: by RFC 6238, shown as a field is."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.plain import Plain
from chalicelib.vault import one_time
from chalicelib.vault.one_time_terms import OneTimeTerms
from tests.access.conftest import Cluster, trail
from tests.client import Client
from tests.vault.api import ada, bare, bob, cluster, made_folder, routes, share, time

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

SEED = base64.b32encode(b"12345678901234567890").decode()  # of the RFC's appendix B
TOTP_TEMPLATE = 6039


@pytest.mark.parametrize(
    ("second", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_rfc(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)
    spaced = " ".join((SEED[:4], SEED[4:])).lower()
    for key in (SEED, spaced, f"otpauth://totp/a:b?secret={SEED}&issuer=a"):
        first, second_one = one_time.codes(Plain(key), 2, now)
        left = 30 - second % 30
        assert (first.text, first.duration, first.remaining) == (code, 30, left)
        assert second_one.remaining == left + 30


@pytest.mark.parametrize(
    ("hash", "size", "code"),
    [("SHA1", 20, "94287082"), ("SHA256", 32, "46119246"), ("SHA512", 64, "90693936")],
)
def test_a_template_or_the_address_says_how_codes_are_made(hash: str, size: int, code: str) -> None:
    """The RFC's table, by each hash; an address counts more than the template."""
    seed = base64.b32encode((b"1234567890" * 7)[:size]).decode().rstrip("=")
    now, terms = datetime.fromtimestamp(59, UTC), OneTimeTerms(8, 30, hash)
    (found,) = one_time.codes(Plain(seed), 1, now, terms)
    address = f"otpauth://totp/a:b?secret={seed}&digits=8&algorithm={hash}&period=30"
    assert found.text == one_time.codes(Plain(address), 1, now)[0].text == code
    (longer, _) = one_time.codes(Plain(seed), 2, now, replace(terms, duration=60))
    assert (longer.duration, longer.remaining) == (60, 1)
    for wrong in ("digits=5", "period=0", "algorithm=md5", "digits=x"):
        with pytest.raises(Invalid, match="odd"):
            one_time.codes(Plain(f"otpauth://totp/a?secret={seed}&{wrong}"), 1, now)


def test_what_is_no_key_is_told_apart_and_never_quoted() -> None:
    now = datetime.now(UTC)
    for key, error in (
        ("0189!", Invalid),
        ("otpauth://totp/x", Invalid),
        ("otpauth://hotp/x?secret=" + SEED, Invalid),
        ("", NotFound),
    ):
        with pytest.raises(error) as caught:
            one_time.codes(Plain(key), 1, now)
        assert not key or key not in str(caught.value)
    with pytest.raises(Invalid):
        one_time.codes(Plain(SEED), 11, now)


def test_a_code_is_shown_to_who_may_see_the_secret_and_is_on_the_trail(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    client, bobs = bob
    folder = made_folder(ada)
    items = [{"slug": "totp-key", "itemValue": SEED}, {"slug": "username", "itemValue": "a"}]
    body = {"name": "web", "secretTemplateId": TOTP_TEMPLATE, "folderId": folder, "siteId": 1}
    id = ada.post("/api/v1/secrets", {**body, "items": items}).json["id"]
    path = f"/api/v1/one-time-password-code/{id}"
    (code,) = ada.get(path).json
    wanted = one_time.codes(Plain(SEED), 1, cluster.time())[0]
    assert code == {
        "code": wanted.text,
        "durationSeconds": 30,
        "remainingSeconds": wanted.remaining,
    }
    assert len(ada.get(path, query={"numberOfCodesToGenerate": 3}).json) == 3
    state = f"/api/v1/secrets/{id}/state"
    assert "GenerateOneTimePassword" in ada.get(state).json["actions"]
    assert ada.get(f"/api/v1/secrets/secret-detail/{id}/general").json["isTotpEnabled"]
    settings = ada.get(f"/api/v1/secrets/{id}/settings").json["oneTimePasswordSettings"]
    assert (settings["enabled"], settings["enabledOnTemplate"], settings["key"]) == (True, True, "")
    kind = f"/api/v2/secret-templates/{TOTP_TEMPLATE}"
    given = {"oneTimePasswordLength": 8, "oneTimePasswordHash": "SHA256"}
    dirty = {name: {"dirty": True, "value": wanted} for name, wanted in given.items()}
    assert ada.patch(kind, {"data": dirty}).json["oneTimePasswordLength"] == 8
    off = {"oneTimePasswordEnabled": {"dirty": True, "value": False}}
    assert ada.patch(kind, {"data": off}).status == 400
    wanted = one_time.codes(Plain(SEED), 1, cluster.time(), OneTimeTerms(8, 30, "SHA256"))[0]
    assert ada.get(path).json[0]["code"] == wanted.text
    assert ("VIEW", str(id), "a one-time-password code") in trail()
    assert client.get(path).status == 404
    share(ada, folder, bobs, "List")
    assert client.get(path).json["errorCode"] == "API_AccessDenied"
    assert client.get(state).json["actions"] == ["ViewGeneralDetails"]
    plain = ada.post("/api/v1/secrets", {**body, "secretTemplateId": 2, "items": []}).json["id"]
    assert ada.get(f"/api/v1/one-time-password-code/{plain}").status == 404
