"""Whatever a target and an engine say, the record of a change keeps a value that logs in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.changers.target import Outcome
from chalicelib.changers.work import ChangeStatus, WorkKind
from chalicelib.core.errors import Conflict, Stale
from chalicelib.rotation import change as rules
from chalicelib.rotation.change import (
    CURRENT,
    Candidate,
    PasswordChange,
    Retry,
    Stage,
)

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
RETRY = Retry()


def waiting(**parts: object) -> PasswordChange:
    begun = PasswordChange("c1", 12, (Candidate(1, b"one"),), NOON, NOON)
    return replace(begun, **parts)  # type: ignore[arg-type]


def claimed(**parts: object) -> PasswordChange:
    return rules.claimed(waiting(**parts))


def resolving(**parts: object) -> PasswordChange:
    return replace(rules.uncertain(claimed(), "?", NOON), **parts)  # type: ignore[arg-type]


ANSWERS = [
    (ChangeStatus.CHANGED, Stage.DONE, 1, 0),
    (ChangeStatus.REFUSED, Stage.WAITING, CURRENT, 1),
    (ChangeStatus.REFUSED_BY_POLICY, Stage.WAITING, CURRENT, 1),
    (ChangeStatus.LATE, Stage.WAITING, CURRENT, 1),
    (Outcome.UNREACHABLE, Stage.WAITING, CURRENT, 1),
    (Outcome.PIN_MISMATCH, Stage.WAITING, CURRENT, 1),
    (Outcome.LOCKED_OUT, Stage.WAITING, CURRENT, 1),
    (Outcome.ARGUMENT, Stage.WAITING, CURRENT, 1),
    (Outcome.UNKNOWN, Stage.WAITING, CURRENT, 1),
    (Outcome.FAILED, Stage.RESOLVING, None, 0),
    (Outcome.SUCCESS, Stage.RESOLVING, None, 0),
    (ChangeStatus.UNCERTAIN, Stage.RESOLVING, None, 0),
    ("a word we do not know", Stage.RESOLVING, None, 0),
]


@pytest.mark.parametrize(("status", "stage", "proven", "failed"), ANSWERS)
def test_each_answer_to_a_change(
    status: str, stage: Stage, proven: int | None, failed: int
) -> None:
    after = rules.answered(claimed(), status, "", NOON, RETRY)
    assert (after.stage, after.proven, after.failed) == (stage, proven, failed)
    assert [one.number for one in after.candidates] == [1]


def test_a_refused_change_waits_longer_each_time_and_gives_up_in_the_end() -> None:
    change, waits = waiting(), []
    while change.stage is Stage.WAITING:
        change = rules.answered(rules.claimed(change), ChangeStatus.REFUSED, "", NOON, RETRY)
        waits.append(change.due_at - NOON)
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (15, 30, 60, 120)]
    assert max(waits) == timedelta(hours=24)
    assert (change.stage, len(waits)) == (Stage.GAVE_UP, RETRY.attempts)


def test_a_policy_refusal_asks_for_a_new_candidate_and_then_drops_the_old_one() -> None:
    after = rules.answered(claimed(), ChangeStatus.REFUSED_BY_POLICY, "", NOON, RETRY)
    assert rules.is_refused_by_policy(after, ChangeStatus.REFUSED_BY_POLICY)
    renewed = rules.renewed(after, Candidate(rules.next_number(after), b"two"))
    assert [one.number for one in renewed.candidates] == [2]
    assert renewed.work == (WorkKind.CHANGE, 2)


def test_a_new_candidate_drops_no_other_while_none_is_proven() -> None:
    renewed = rules.renewed(resolving(), Candidate(2, b"two"))
    assert [one.number for one in renewed.candidates] == [1, 2]


def test_a_password_given_by_a_person_is_not_replaced_by_another() -> None:
    after = rules.answered(claimed(given=True), ChangeStatus.REFUSED_BY_POLICY, "", NOON, RETRY)
    assert (after.stage, after.proven) == (Stage.STOPPED, CURRENT)


def test_silence_is_resolved_beginning_with_the_candidate_at_once() -> None:
    after = rules.silent(claimed(), NOON, RETRY)
    assert (after.stage, after.work, after.due_at) == (
        Stage.RESOLVING,
        (WorkKind.VERIFY, 1),
        NOON,
    )


def test_an_offer_that_nobody_took_changes_nothing() -> None:
    assert rules.silent(waiting(), NOON, RETRY) == waiting()


def test_the_next_value_is_not_tried_before_the_lockout_window_is_over() -> None:
    after = rules.tried(resolving(), 1, Outcome.FAILED, NOON, RETRY)
    assert after.work == (WorkKind.VERIFY, CURRENT)
    assert after.due_at == NOON + RETRY.lockout


def test_the_candidate_that_opens_is_the_password() -> None:
    after = rules.tried(resolving(), 1, Outcome.SUCCESS, NOON, RETRY)
    assert (after.stage, after.proven) == (Stage.DONE, 1)


def test_the_old_value_that_opens_stands_and_the_change_is_tried_again() -> None:
    after = rules.tried(resolving(tried=(1,)), CURRENT, Outcome.SUCCESS, NOON, RETRY)
    assert (after.stage, after.proven, after.failed) == (Stage.WAITING, CURRENT, 1)
    assert after.due_at == NOON + RETRY.interval


def test_when_none_opens_all_are_kept_and_a_person_decides() -> None:
    after = rules.tried(resolving(tried=(1,)), CURRENT, Outcome.FAILED, NOON, RETRY)
    assert (after.stage, after.proven) == (Stage.OUT_OF_SYNC, None)
    assert [one.number for one in after.candidates] == [1]
    with pytest.raises(Conflict):
        _ = after.work
    assert rules.resumed(after, NOON).work == (WorkKind.VERIFY, 1)


@pytest.mark.parametrize(
    "outcome",
    [one for one in Outcome if one not in (Outcome.SUCCESS, Outcome.FAILED)],
)
def test_a_try_that_teaches_nothing_is_repeated_later(outcome: Outcome) -> None:
    after = rules.tried(resolving(), 1, outcome, NOON, RETRY)
    assert after.work == (WorkKind.VERIFY, 1)
    assert after.due_at >= NOON + RETRY.interval


def test_a_current_value_that_somebody_edited_is_worth_another_try() -> None:
    change = resolving(tried=(CURRENT,), current=3)
    assert rules.seen(change, 3).tried == (CURRENT,)
    assert rules.seen(change, 4).tried == ()


def test_stopping_ends_a_waiting_change_and_lets_one_under_way_come_to_a_known_end() -> None:
    assert rules.stopped(waiting(), NOON).stage is Stage.STOPPED
    under_way = rules.stopped(claimed(), NOON)
    assert under_way.stage is Stage.CLAIMED
    refused = rules.answered(under_way, ChangeStatus.REFUSED, "", NOON, RETRY)
    assert refused.stage is Stage.STOPPED
    unclear = rules.answered(under_way, ChangeStatus.UNCERTAIN, "", NOON, RETRY)
    assert unclear.stage is Stage.RESOLVING


def test_a_change_is_claimed_only_while_it_waits() -> None:
    for change in (claimed(), resolving(), rules.stopped(waiting(), NOON)):
        with pytest.raises(Stale):
            rules.claimed(change)


@pytest.mark.parametrize("seed", range(300))
def test_the_value_in_force_is_always_among_those_kept(seed: int) -> None:
    """A target that lies about success or dies at any point, an engine that falls silent."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    change, in_force, now = waiting(), CURRENT, NOON
    for _ in range(40):
        if not change.is_open:
            break
        now = max(now, change.due_at)
        kind, number = change.work
        if kind is WorkKind.CHANGE:
            change = rules.claimed(change)
            in_force = chance.choice((in_force, number))
            change = _ended(change, in_force, number, now, chance)
        elif chance.random() < 0.2:
            change = rules.silent(change, now, RETRY)
        else:
            told = Outcome.SUCCESS if number == in_force else Outcome.FAILED
            told = chance.choice((told, told, Outcome.UNREACHABLE, Outcome.LOCKED_OUT))
            change = rules.tried(change, number, told, now, RETRY)
        kept = {CURRENT, *(one.number for one in change.candidates)}
        assert in_force in kept
        assert change.proven in (None, in_force)
        assert change.stage is not Stage.OUT_OF_SYNC


def _ended(
    change: PasswordChange, in_force: int, number: int, now: datetime, chance: random.Random
) -> PasswordChange:
    """Any answer that an honest holder may give; it proves by a login what it says."""
    if chance.random() < 0.3:
        return rules.silent(change, now, RETRY)
    if chance.random() < 0.3:
        return rules.answered(change, ChangeStatus.UNCERTAIN, "", now, RETRY)
    if in_force == number:
        return rules.answered(change, ChangeStatus.CHANGED, "", now, RETRY)
    told = chance.choice((ChangeStatus.REFUSED, ChangeStatus.REFUSED_BY_POLICY))
    after = rules.answered(change, told, "", now, RETRY)
    if rules.is_refused_by_policy(after, told):
        after = rules.renewed(after, Candidate(rules.next_number(after), b"next"))
    return after
