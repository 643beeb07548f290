"""Who has to ask: roles x what the secret asks for, written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.vault.approval import KEPT, ApprovalTerms, Asking, RequiresApproval
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.checkout import CheckoutTerms, RequiresCheckout
from chalicelib.vault.comment import Comment, RequiresComment
from chalicelib.vault.double_lock import RequiresDoubleLockPassword, UnderDoubleLock
from chalicelib.vault.grants import Deed, Grantee, Role, Who
from chalicelib.vault.restriction import Asked, refusals
from chalicelib.vault.secret import Secret
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import UNIX_ACCOUNT_SSH
from chalicelib.vault.visit import Visit
from chalicelib.vault.window import MOST, Guard, Window, opened
from tests.vault.conftest import ANN, BEN, NOON

APPROVERS = (Grantee(Who.USER, BEN.user_id),)
SECRET = Secret(1, "x", BUILT_IN[UNIX_ACCOUNT_SSH], NOON)
HOUR = timedelta(hours=1)


def window(since: timedelta, until: timedelta, user: int = ANN.user_id, id: str = "a") -> Window:
    return Window(id, Guard.APPROVAL, user, NOON + since, NOON + until)


def kept(secret: Secret, deed: Deed = Deed.REVEAL, **more: Any) -> list[type]:
    role = more.pop("role", Role.VIEW)
    state = SecretState(1, windows=more.pop("windows", ()))
    visit = replace(Visit(ANN, NOON), **more)
    return [type(one) for one in refusals(Asked(deed, secret, state, role, visit))]


@pytest.mark.parametrize(
    ("asking", "view", "edit", "owner", "approver"),
    [
        (Asking.NOBODY, False, False, False, False),
        (Asking.VIEWERS, True, False, False, False),
        (Asking.EDITORS, True, True, False, False),
        (Asking.EVERYBODY, True, True, True, True),
    ],
)
def test_who_has_to_ask(
    asking: Asking, view: bool, edit: bool, owner: bool, approver: bool
) -> None:
    secret = replace(SECRET, approval=ApprovalTerms(asking, APPROVERS))
    roles = (Role.VIEW, Role.EDIT, Role.OWNER)
    assert [bool(kept(secret, role=one)) for one in roles] == [view, edit, owner]
    assert bool(kept(secret, who=BEN)) is approver
    for deed in Deed:
        assert bool(kept(secret, deed)) is (view and deed in KEPT), deed


def test_a_window_counts_from_its_beginning_to_its_end_for_its_user_alone() -> None:
    secret = replace(SECRET, approval=ApprovalTerms(Asking.VIEWERS, APPROVERS))
    now, a_while = timedelta(0), HOUR
    assert kept(secret, windows=(window(now, a_while),)) == []
    for wrong in (
        window(a_while, 2 * a_while),
        window(-a_while, now),
        window(now, a_while, BEN.user_id),
        replace(window(now, a_while), guard=Guard.COMMENT),
    ):
        assert kept(secret, windows=(wrong,)) == [RequiresApproval]


def test_all_that_is_asked_for_is_named_in_order() -> None:
    secret = replace(
        SECRET,
        approval=ApprovalTerms(Asking.VIEWERS, APPROVERS),
        requires_comment=True,
        checkout=CheckoutTerms(required=True),
    )
    assert kept(secret) == [RequiresApproval, RequiresComment, RequiresCheckout]
    assert kept(secret, comment=Comment("why")) == [RequiresApproval, RequiresCheckout]
    assert kept(secret, comment=Comment(ticket="OPS-7"))[1] is RequiresComment
    assert kept(secret, Deed.VIEW) == kept(secret, Deed.LIST) == []


def test_for_want_of_room_comments_go_first_and_approvals_never() -> None:
    full = tuple(window(-HOUR, HOUR, id=str(n)) for n in range(MOST))
    with pytest.raises(Invalid, match="people"):
        opened(full, window(HOUR, 2 * HOUR, id="new"), NOON)
    comment = replace(full[0], guard=Guard.COMMENT)
    after = opened((comment, *full[1:]), window(HOUR, 2 * HOUR, id="new"), NOON)
    assert comment not in after
    assert len(after) == MOST
    assert len(opened(full, window(HOUR, HOUR, id="new"), NOON + HOUR)) == 1


def test_a_lock_is_a_key_and_no_right_replaces_it() -> None:
    secret, unlimited = replace(SECRET, double_lock=7), replace(ANN, unlimited=True)
    asks, never = [RequiresDoubleLockPassword], [UnderDoubleLock]
    expected = {
        Deed.REVEAL: asks,
        Deed.HISTORY: asks,
        Deed.HEARTBEAT: never,
        Deed.CHANGE_PASSWORD: never,
        Deed.CHECK_OUT: never,
        Deed.COPY: never,
        Deed.CONVERT: never,
    }
    for who in (ANN, unlimited):
        for deed in Deed:
            assert kept(secret, deed, who=who, role=Role.OWNER) == expected.get(deed, []), deed
    assert kept(secret, opened={8: {1: b"another"}}) == asks
    assert kept(secret, opened={7: {1: b"key"}}) == []
    assert not secret.checks and not secret.on_target
