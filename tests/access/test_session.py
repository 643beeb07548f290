"""What opens a session, how use moves its end, and how it is refreshed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.access.session import (
    LIFE,
    MOST_REFRESHES,
    OVERLAP,
    REFRESH_EXTRA,
    SLIDE_EVERY,
    Session,
    Token,
    begin,
)
from chalicelib.core.errors import Unauthenticated

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = "a" * 32


def token() -> Token:
    return Token(7, SESSION, secrets.token_hex(32))


def fresh() -> tuple[Session, Token, Token]:
    access, refresh = token(), token()
    return begin(access, refresh, 1, NOON, "192.0.2.1"), access, refresh


def test_a_token_survives_its_text() -> None:
    one = token()
    again = Token.parse(one.text())
    assert (again.user_id, again.session_id, again.hash()) == (7, SESSION, one.hash())


def test_a_token_does_not_print() -> None:
    one = token()
    assert one.text().rpartition(".")[2] not in f"{one!r} {one}"


@pytest.mark.parametrize(
    "text",
    ["", "x", "7..", f"0.{SESSION}.{'b' * 64}", f"7.{SESSION}.{'b' * 63}", f"-7.{SESSION}.{'b'*64}",
     f"7.{SESSION}.{'b' * 64}\n", f"99999999999.{SESSION}.{'b' * 64}", f"٧.{SESSION}.{'b' * 64}"],
)  # fmt: skip
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        Token.parse(text)


def test_a_token_opens_its_session_until_it_ends() -> None:
    session, access, refresh = fresh()
    assert session.admits(access, NOON + LIFE - timedelta(seconds=1))
    assert not session.admits(access, NOON + LIFE)
    assert not session.admits(token(), NOON)
    assert not session.admits(refresh, NOON), "a refresh token is no access token"


def test_another_users_id_in_a_token_opens_nothing() -> None:
    session, access, _ = fresh()
    random = access.text().rpartition(".")[2]
    assert not session.admits(Token(8, SESSION, random), NOON)


def test_use_moves_the_end_once_a_minute() -> None:
    session, access, _ = fresh()
    assert not session.must_slide(NOON + SLIDE_EVERY - timedelta(seconds=1))
    later = NOON + SLIDE_EVERY
    assert session.must_slide(later)
    assert session.slid(later).admits(access, later + LIFE - timedelta(seconds=1))


def test_a_refresh_replaces_both_tokens() -> None:
    session, access, refresh = fresh()
    new, following = token(), refresh.next(secrets.token_hex(32))
    after = session.refreshed(new, following, NOON)
    assert after.admits(new, NOON)
    assert after.may_refresh(following, NOON)
    assert not after.may_refresh(refresh, NOON)
    assert after.owns_refresh(refresh), "an old one is told from a made-up one"
    assert not after.owns_refresh(token())


def test_the_token_before_a_refresh_works_a_little_longer() -> None:
    session, access, refresh = fresh()
    after = session.refreshed(token(), refresh.next(secrets.token_hex(32)), NOON)
    assert after.admits(access, NOON + OVERLAP - timedelta(seconds=1))
    assert not after.admits(access, NOON + OVERLAP)


def test_a_refresh_comes_in_time_or_not_at_all() -> None:
    session, _, refresh = fresh()
    end = NOON + LIFE + REFRESH_EXTRA
    assert session.may_refresh(refresh, end - timedelta(seconds=1))
    assert not session.may_refresh(refresh, end)


def test_refreshes_are_counted() -> None:
    session, _, refresh = fresh()
    for _ in range(MOST_REFRESHES):
        assert session.may_refresh(refresh, NOON)
        following = refresh.next(secrets.token_hex(32))
        session, refresh = session.refreshed(token(), following, NOON), following
    assert not session.may_refresh(refresh, NOON)
