"""Codes of authenticator apps, by the vectors of RFC 6238 and RFC 4226."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.core import totp

SEED = b"12345678901234567890"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_of(SEED, totp.step_of(at)) == code


def test_the_step_beside_counts_too_and_no_further_one() -> None:
    step = totp.step_of(NOON)
    code = totp.code_of(SEED, step)
    for late in (-1, 0, 1):
        assert totp.matching(SEED, code, NOON + late * totp.STEP) == step
    for late in (-2, 2):
        assert totp.matching(SEED, code, NOON + late * totp.STEP) is None


@pytest.mark.parametrize("text", ["", "000000", "28708", "2870822", "２８７０８２", "\u0661" * 6])
def test_anything_else_is_no_code(text: str) -> None:
    assert totp.matching(SEED, text, datetime.fromtimestamp(59, UTC)) is None


def test_a_step_has_a_beginning() -> None:
    begun = totp.begin_of(totp.step_of(NOON + timedelta(seconds=17)))
    assert begun == NOON


def test_an_app_reads_the_seed_from_the_uri() -> None:
    text = totp.as_text(SEED)
    assert totp.from_text(text) == SEED
    parts = urlsplit(totp.uri(text, "Conclave", "ada&co@x"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Conclave:ada%26co%40x"
    assert parse_qs(parts.query) == {"secret": [text], "issuer": ["Conclave"]}
