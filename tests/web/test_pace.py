"""One user cannot have all of a process: he may make so many requests, and then has to wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.errors import Throttled
from chalicelib.web import pace


def test_a_minutes_requests_may_come_at_once_and_then_as_many_as_come_back() -> None:
    now = [0.0]
    one = pace.Pace(lambda: now[0])
    for _ in range(120):
        one.take(7, 120)
    with pytest.raises(Throttled) as refused:
        one.take(7, 120)
    assert refused.value.wait == timedelta(seconds=0.5)
    one.take(8, 120)  # another user has his own
    now[0] += 0.5
    one.take(7, 120)
    with pytest.raises(Throttled):
        one.take(7, 120)
    now[0] += 3600  # no more than a minute's worth comes back
    for _ in range(120):
        one.take(7, 120)
    with pytest.raises(Throttled):
        one.take(7, 120)


def test_who_was_quiet_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_USERS", 2)
    one = pace.Pace(lambda: 0.0)
    for user in (1, 2, 1, 3):
        one.take(user, 1 if user == 2 else 60)
    one.take(2, 1)  # remembered, he would have none left
