"""ExpiringSecretTaskTriggerJob: owners are told once a threshold; a run costs what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.tick import Tally
from chalicelib.mail.store import MailRow
from chalicelib.settings.mail import MailChange
from chalicelib.vault.change import Change
from chalicelib.vault.expiring import THRESHOLDS, reached, warning_at
from chalicelib.vault.secret import Expiry, ExpiryKind
from chalicelib.vault.service import At
from chalicelib.vault.state import SecretState, Warned
from tests.access.conftest import trail
from tests.calls import recording
from tests.vault.conftest import ANN, BEN, NOON, Vault

DAY = timedelta(days=1)


def test_each_threshold_is_told_of_once_and_those_passed_over_never() -> None:
    state = SecretState(1, expires_at=NOON + 20 * DAY)
    assert warning_at(state) == NOON - 10 * DAY
    told = []
    for day in range(25):
        days = reached(state, NOON + day * DAY)
        if days is not None:
            told.append((day, days))
            state = replace(state, warned=Warned(days, NOON + 20 * DAY))
    assert told == [(0, 30), (6, 14), (13, 7), (19, 1), (20, 0)]
    assert warning_at(state) is None
    assert reached(replace(state, warned=None), NOON + 30 * DAY) == 0 == THRESHOLDS[-1]
    later = replace(state, expires_at=NOON + 90 * DAY)
    assert warning_at(later) == NOON + 60 * DAY, "a new password begins anew"
    for quiet in (
        replace(later, is_active=False),
        replace(later, change_due_at=NOON),
        replace(later, expires_at=None),
    ):
        assert warning_at(quiet) is None


def test_owners_are_told_and_a_run_costs_what_is_due(vault: Vault) -> None:
    on = MailChange({"sender": "conclave@example.com"})
    wiring.mail_configuration().change(ANN, lambda _: on, vault.now)
    soon = Expiry(ExpiryKind.DATE, date=vault.now + 7 * DAY)
    ids = [vault.unix(name=f"a{n}") for n in range(3)]
    ids.append(vault.unix(BEN, name="of ben"))
    changed = Expiry(ExpiryKind.DATE, date=vault.now + 90 * DAY)
    vault.edit(vault.unix(name="late"), Change(expiry=changed))
    for id in ids:
        vault.edit(id, Change(expiry=soon), BEN if id == ids[-1] else ANN)
    vault.now += timedelta(minutes=1)
    with recording() as made:
        assert wiring.expiries().warn(vault.now) == Tally(4, 4)
    assert made.count(operation="TransactWriteItems") == 1
    (mail,) = MailRow.scan()
    assert set(mail.to) == {str(ANN.user_id), str(BEN.user_id)}
    assert mail.to[str(BEN.user_id)]["secrets"].startswith("  of ben expires 2026-")
    assert [name in mail.to[str(ANN.user_id)]["secrets"] for name in ("a0", "a2", "of ben")] == [
        True,
        True,
        False,
    ]
    assert sorted(item for action, item, _ in trail() if action == "EXPIRES IN 7 DAYS") == sorted(
        map(str, ids)
    )
    with recording() as made:
        assert wiring.expiries().warn(vault.now) == Tally()
    assert len(made.seen) == 1, "nothing due: one Query"
    vault.now += 6 * DAY
    assert wiring.expiries().warn(vault.now).done == 4
    vault.now += DAY
    vault.edit(ids[0], Change(expiry=changed))
    wiring.vault().delete(vault.visit(), At(ids[1]))
    assert wiring.expiries().warn(vault.now).done == 2
    assert wiring.expiries().warn(vault.now + 300 * DAY).found == 2
