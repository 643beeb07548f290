"""Signatures: a statement counts for what it says, from whom it comes, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.errors import Invalid, Unauthenticated
from chalicelib.core.signing import WINDOW, Signer, Statement, fingerprint, verify

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SAID = Statement(
    method="POST",
    path="/api/v1/engine/items/i-1/claim",
    body=b"{}",
    time=int(NOON.timestamp()),
    nonce="0" * 32,
    item="i-1",
    fence=3,
)


def test_the_canonical_text_is_the_agreed_one() -> None:
    assert SAID.canonical().decode().split("\n") == [
        "POST",
        "/api/v1/engine/items/i-1/claim",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "i-1",
        "3",
        str(int(NOON.timestamp())),
        "0" * 32,
    ]


def test_a_statement_before_any_claim_has_an_empty_fence() -> None:
    assert replace(SAID, fence=None).canonical().split(b"\n")[4] == b""


def test_the_signer_s_own_signature_is_accepted() -> None:
    signer = Signer.fresh()
    verify(SAID, signer.sign(SAID), signer.public())
    verify(SAID, Signer(signer.seed()).sign(SAID), signer.public())


@pytest.mark.parametrize(
    "altered",
    [
        replace(SAID, method="PUT"),
        replace(SAID, path="/api/v1/engine/items/i-2/claim"),
        replace(SAID, body=b"{ }"),
        replace(SAID, item="i-2"),
        replace(SAID, fence=4),
        replace(SAID, fence=None),
        replace(SAID, time=SAID.time + 1),
        replace(SAID, nonce="1" * 32),
    ],
)
def test_a_signature_over_anything_else_is_refused(altered: Statement) -> None:
    signer = Signer.fresh()
    with pytest.raises(Unauthenticated):
        verify(altered, signer.sign(SAID), signer.public())


def test_another_engine_s_signature_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        verify(SAID, Signer.fresh().sign(SAID), Signer.fresh().public())


@pytest.mark.parametrize("signature", ["", "no base64 !", "AAAA", "ü", "A" * 88])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(Unauthenticated):
        verify(SAID, signature, Signer.fresh().public())


def test_a_key_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        verify(SAID, Signer.fresh().sign(SAID), b"short")
    with pytest.raises(Invalid):
        Signer(b"short")


def test_a_line_break_cannot_move_text_from_one_part_to_the_next() -> None:
    with pytest.raises(Invalid):
        replace(SAID, path="/a\n/b").canonical()


def test_a_statement_is_fresh_within_the_window_on_either_side() -> None:
    assert SAID.is_fresh(NOON + WINDOW)
    assert SAID.is_fresh(NOON - WINDOW)
    assert not SAID.is_fresh(NOON + WINDOW + timedelta(seconds=1))
    assert not SAID.is_fresh(NOON - WINDOW - timedelta(seconds=1))


def test_the_fingerprint_covers_both_keys() -> None:
    first, second, third = (Signer.fresh().public() for _ in range(3))
    assert fingerprint(first, second) == fingerprint(first, second)
    assert (
        len({fingerprint(*pair) for pair in [(first, second), (first, third), (second, first)]})
        == 3
    )


def test_a_signer_does_not_print_its_key() -> None:
    signer = Signer.fresh()
    assert repr(signer) == str(signer) == f"{signer}" == "Signer(***)"
