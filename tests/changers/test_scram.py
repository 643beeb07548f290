"""The verifier is the one that RFC 7677's example implies, and PostgreSQL's form."""

from __future__ import annotations

import base64
import re

import pytest

from chalicelib.changers.scram import verifier
from chalicelib.changers.target import Refused
from chalicelib.core.plain import Plain
from tests.canary import canary

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")


def test_it_is_what_the_example_of_rfc_7677_stores() -> None:
    made = verifier(Plain("pencil"), SALT)
    assert made == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_it_needs_no_escape_in_a_statement() -> None:
    for _ in range(50):
        made = verifier(Plain(canary() + "'\"\\"), SALT)
        assert re.fullmatch(r"[A-Za-z0-9+/=:$-]+", made)


def test_it_normalises_as_clients_do() -> None:
    assert verifier(Plain("\u2168"), SALT) == verifier(Plain("IX"), SALT)


def test_a_control_character_is_refused_as_policy() -> None:
    with pytest.raises(Refused) as refused:
        verifier(Plain(canary() + "\x07"), SALT)
    assert refused.value.policy
    assert refused.value.__cause__ is None
