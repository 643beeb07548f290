"""What a secret policy says, and what that makes of a secret: rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.access.principal import Behalf
from chalicelib.core.errors import Invalid
from chalicelib.vault.approval import ApprovalTerms, Asking
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.folder import Folder, tree_of
from chalicelib.vault.grants import Grantee, Who
from chalicelib.vault.policy import (
    Applies,
    EnforcedByPolicy,
    Policy,
    Setting,
    assigned,
    brought,
    demand_kept,
    demand_whole,
    policy_id_of,
)
from chalicelib.vault.policy_items import ITEMS, PolicyValue
from chalicelib.vault.policy_run import OWN, PolicyRun, PolicySubject, Spot, spot_of
from chalicelib.vault.secret import Secret, Switches
from chalicelib.vault.templates import PASSWORD, UNIX_ACCOUNT_SSH
from tests.vault.conftest import NOON

UNIX = Secret(7, "a", BUILT_IN[UNIX_ACCOUNT_SSH], NOON)
EVE = (Grantee(Who.USER, 13),)
DEFAULT, ENFORCED = Applies.DEFAULT, Applies.ENFORCED
SAMPLES: dict[type, PolicyValue] = {bool: True, int: 9, tuple: EVE}


def policy(**said: tuple[Applies, PolicyValue]) -> Policy:
    settings = {name: Setting(applies, value) for name, (applies, value) in said.items()}
    return Policy(3, "Strict", settings=settings)


@pytest.mark.parametrize("item", ITEMS, ids=lambda one: one.name)
def test_each_item_gives_the_secret_the_fact_that_it_reads(item) -> None:  # type: ignore[no-untyped-def]
    secret = replace(UNIX, approval=ApprovalTerms(approvers=EVE))
    sample = SAMPLES[item.kind]
    item.demand(sample)
    assert item.get(item.put(secret, sample)) == sample
    if item.kind is bool:
        assert item.get(item.put(item.put(secret, True), False)) is False
    for wrong in (None, "x", 0 if item.kind is int else 5):
        with pytest.raises(Invalid, match=item.name):
            item.demand(wrong)


def test_a_default_is_set_once_and_what_is_enforced_stays() -> None:
    strict = policy(
        checkOutEnabled=(ENFORCED, True),
        checkOutIntervalMinutes=(DEFAULT, 15),
        heartBeatEnabled=(DEFAULT, False),
    )
    first = brought(strict, UNIX)
    assert (first.checkout, first.switches.heartbeats) == (CheckoutTerms(True, 15), False)
    assert first.policed == strict.id
    own = replace(first, checkout=CheckoutTerms(False, 60))
    assert brought(strict, own).checkout == CheckoutTerms(True, 60)
    left = brought(None, first)
    assert (left.policed, left.checkout) == (0, first.checkout)
    assert brought(strict, left) == first


def test_what_is_asked_for_comes_before_a_default_and_after_what_is_enforced() -> None:
    strict = policy(checkOutIntervalMinutes=(DEFAULT, 15), requireViewComment=(ENFORCED, True))
    wanted = replace(UNIX, checkout=CheckoutTerms(minutes=5))
    after = assigned(strict, UNIX, wanted)
    assert (after.checkout.minutes, after.requires_comment) == (5, True)


def test_what_is_enforced_is_set_to_nothing_else_by_hand() -> None:
    strict = policy(requireViewComment=(ENFORCED, True), heartBeatEnabled=(DEFAULT, True))
    behind = replace(UNIX, policed=3)
    demand_kept(strict, behind, replace(behind, requires_comment=True))
    demand_kept(strict, behind, replace(behind, switches=Switches(heartbeats=False)))
    kept = brought(strict, behind)
    with pytest.raises(EnforcedByPolicy, match="Require comment is enforced .* Strict"):
        demand_kept(strict, kept, replace(kept, requires_comment=False))


def test_what_a_template_cannot_keep_is_left_alone() -> None:
    password = Secret(8, "b", BUILT_IN[PASSWORD], NOON)
    strict = policy(checkOutChangePassword=(ENFORCED, True), privilegedSecretId=(ENFORCED, 5))
    after = brought(strict, password)
    assert (after.checkout.changes_password, after.privileged_id) == (False, 0)
    assert brought(strict, UNIX).privileged_id == 5


def test_levels_of_approval_hold_those_below() -> None:
    asks = policy(
        approvalGroups=(ENFORCED, EVE),
        requireApprovalForAccess=(ENFORCED, True),
        requireApprovalForAccessForEditors=(ENFORCED, True),
        requireApprovalForAccessForOwnersAndApprovers=(ENFORCED, False),
    )
    demand_whole(asks)
    assert brought(asks, UNIX).approval == ApprovalTerms(Asking.EDITORS, EVE)


@pytest.mark.parametrize(
    "wrong",
    [
        policy(requireApprovalForAccess=(ENFORCED, True)),
        policy(requireApprovalForAccess=(ENFORCED, True), approvalGroups=(DEFAULT, EVE)),
        policy(requireApprovalForAccess=(ENFORCED, True), approvalWorkflow=(DEFAULT, 7)),
        policy(approvalGroups=(ENFORCED, ())),
        policy(checkOutIntervalMinutes=(ENFORCED, 10**6)),
        policy(
            approvalGroups=(ENFORCED, EVE),
            requireApprovalForAccess=(ENFORCED, False),
            requireApprovalForAccessForEditors=(ENFORCED, True),
        ),
        replace(policy(), name=""),
        replace(policy(), description="x" * 1001),
    ],
)
def test_a_policy_that_no_secret_could_keep_is_refused(wrong: Policy) -> None:
    with pytest.raises(Invalid):
        demand_whole(wrong)


TREE = tree_of(
    [
        Folder(1, "top", inherits_policy=False, policy_id=3),
        Folder(2, "low", 1),
        Folder(4, "own", 2, inherits_policy=False, policy_id=5),
        Folder(6, "lower", 2),
        Folder(7, "root"),
    ]
)


def test_the_nearest_folder_with_a_policy_of_its_own_counts() -> None:
    assert [TREE.policy_on(id) for id in (1, 2, 4, 6, 7)] == [3, 3, 5, 3, 0]
    inside = replace(UNIX, folder_id=6)
    own = replace(inside, policy_id=8, switches=Switches(inherits_policy=False))
    assert [policy_id_of(one, TREE) for one in (UNIX, inside, own)] == [0, 3, 8]


def test_a_run_goes_through_the_folders_concerned_then_what_has_the_policy_as_its_own() -> None:
    run = PolicyRun(PolicySubject.POLICY, 3, "t", NOON, Behalf(1, 0))
    assert run.folders(TREE) == [1, 2, 6]
    assert replace(run, subject=PolicySubject.FOLDER, id=2).folders(TREE) == [2, 6]
    assert replace(run, subject=PolicySubject.FOLDER, id=99).folders(TREE) == []
    spots, at = [], Spot().next([1, 6])
    while at:
        spots.append(at.folder)
        at = spot_of(str(at)).next([1, 6])
    assert spots == [1, 6, OWN]
    assert spot_of(str(Spot(4, "a|b"))) == Spot(4, "a|b")


def test_a_pass_that_began_too_early_is_followed_by_another() -> None:
    run = PolicyRun(PolicySubject.POLICY, 3, "t", NOON, Behalf(1, 0))
    early = run.begun(NOON + timedelta(seconds=5)).ended_pass()
    assert early is not None
    assert early.passed
    assert not early.is_due(NOON + timedelta(seconds=59))
    later = NOON + timedelta(seconds=60)
    assert early.is_due(later)
    assert early.begun(later).ended_pass() is None
