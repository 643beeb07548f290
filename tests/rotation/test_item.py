"""A work item is claimed once, answered by its holder alone, and ends when nobody answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.changers.work import WorkKind
from chalicelib.core.errors import Invalid, Stale
from chalicelib.rotation.item import CHANGE_TERMS, HEARTBEAT_TERMS, Item, Stage, Terms, offer

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def offered(terms: Terms = HEARTBEAT_TERMS) -> Item:
    return offer("i1", WorkKind.HEARTBEAT, 12, 7, terms, NOON)


@pytest.mark.parametrize(
    ("terms", "expires", "again"), [(HEARTBEAT_TERMS, 5, 10), (CHANGE_TERMS, 20, 25)]
)
def test_an_offer_lives_and_is_offered_anew_as_the_settings_say(
    terms: Terms, expires: int, again: int
) -> None:
    item = offered(terms)
    assert item.is_claimable(NOON + expires * MINUTE - timedelta(seconds=1))
    assert not item.is_claimable(NOON + expires * MINUTE)
    assert not item.is_silent(NOON + again * MINUTE - timedelta(seconds=1))
    assert item.is_silent(NOON + again * MINUTE)


def test_work_claimed_at_the_last_moment_still_has_its_whole_lease() -> None:
    item = offered(CHANGE_TERMS).claimed("engine 3", 4, NOON + 19 * MINUTE)
    assert not item.is_silent(NOON + 23 * MINUTE)
    assert item.is_silent(NOON + 24 * MINUTE)


def test_a_holder_must_begin_well_before_its_lease_ends() -> None:
    assert offered(CHANGE_TERMS).deadline <= CHANGE_TERMS.lease - 2 * MINUTE


def test_a_second_claim_is_refused_even_to_the_same_holder() -> None:
    item = offered().claimed("engine 3", 4, NOON)
    for holder in ("engine 3", "engine 4"):
        with pytest.raises(Stale):
            item.claimed(holder, 5, NOON)


def test_an_expired_item_is_never_claimed() -> None:
    with pytest.raises(Stale):
        offered().claimed("engine 3", 4, NOON + 5 * MINUTE)


def test_an_answer_after_the_lease_counts_as_long_as_nobody_went_on() -> None:
    claimed = offered().claimed("engine 3", 4, NOON)
    assert claimed.answered("engine 3", 4).stage is Stage.ANSWERED


@pytest.mark.parametrize(("holder", "fence"), [("engine 4", 4), ("engine 3", 3), ("", 0)])
def test_an_answer_of_anybody_but_the_holder_is_stale(holder: str, fence: int) -> None:
    with pytest.raises(Stale):
        offered().claimed("engine 3", 4, NOON).answered(holder, fence)


def test_an_answer_counts_once_and_not_after_the_end() -> None:
    claimed = offered().claimed("engine 3", 4, NOON)
    for item in (claimed.answered("engine 3", 4), claimed.over(), offered()):
        with pytest.raises(Stale):
            item.answered("engine 3", 4)


def test_work_is_not_offered_anew_before_its_offer_expires() -> None:
    with pytest.raises(Invalid):
        Terms(5 * MINUTE, 5 * MINUTE)
