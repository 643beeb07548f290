"""Claims and answers that do not count: refused, written down, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.audit_rows import AuditRow
from chalicelib.changers.memory import Fault
from chalicelib.changers.target import Outcome
from chalicelib.changers.work import Answer, ChangeStatus
from chalicelib.core.errors import (
    AccessDenied,
    ConclaveError,
    MaintenanceMode,
    NotFound,
    Stale,
    Unauthenticated,
)
from chalicelib.core.messages import Ref
from chalicelib.core.plain import Plain
from chalicelib.core.signing import Signer
from chalicelib.rotation.change import Stage
from chalicelib.rotation.service.engines import Handed
from chalicelib.sites.engine import Activation
from chalicelib.sites.engines import EngineService, Verified
from chalicelib.sites.engines import Said as Signed
from chalicelib.sites.store import EngineStore
from chalicelib.vault.state import ChangeResult, HeartbeatStatus, Where
from tests.canary import canary

from .world import MINUTE, SITE, USER, World, make, register

pytestmark = pytest.mark.usefixtures("aws")
SUCCESS = Answer(Outcome.SUCCESS)


def offered(world: World) -> str:
    world.rotation.offering.heartbeats(Where.ENGINE, world.now)
    return world.state.heartbeat_item


def offered_change(world: World) -> str:
    world.set_state(expires_at=world.now, change_due_at=world.now, heartbeat_due_at=None)
    world.rotation.offering.changes(Where.ENGINE, world.now)
    return world.state.change_item


def trail(action: str) -> list[str]:
    return [row.detail or "" for row in AuditRow.scan() if row.action == action]


def answer(world: World, body: dict[str, Ref]) -> None:
    with suppress(ConclaveError):
        world.engine_work.answer(body, world.now)


def test_a_second_claim_is_refused() -> None:
    world = make(SITE)
    item = offered(world)
    world.claim(item)
    with pytest.raises(Stale):
        world.claim(item)


def test_the_same_signed_call_again_is_refused() -> None:
    world = make(SITE)
    call = world.engine.asking(offered(world), world.now)
    world.engine_work.claim(call, call.statement.item, world.now)
    with pytest.raises(Stale):
        world.engine_work.claim(call, call.statement.item, world.now)


def test_a_nonce_is_used_once_whatever_the_item() -> None:
    world = make(SITE)
    item = offered_change(world)
    call = world.engine.asking(item, world.now)
    world.ports.commit(EngineStore().used(world.engine.id, call.statement.nonce, world.now))
    with pytest.raises(Stale):
        world.engine_work.claim(call, item, world.now)
    change = world.change()
    assert change is not None
    assert change.stage is Stage.WAITING


def test_an_expired_item_is_refused() -> None:
    world = make(SITE)
    item = offered(world)
    world.now += 5 * MINUTE
    with pytest.raises(Stale):
        world.claim(item)


def test_an_unknown_item_is_not_found() -> None:
    world = make(SITE)
    with pytest.raises(NotFound):
        world.claim("0" * 32)


def test_a_claim_for_another_sites_secret_is_refused_and_written_down() -> None:
    world = make(SITE)
    item = offered(world)
    world.engine = register(4, SITE + 1, world.committer)
    with pytest.raises(AccessDenied):
        world.claim(item)
    assert trail("CLAIM REFUSED") == ["the secret belongs to another site"]
    assert world.state.heartbeat is HeartbeatStatus.PENDING


def test_a_secret_that_moved_to_another_site_is_not_handed_to_the_former_one() -> None:
    world = make(SITE)
    item = offered(world)
    stored = world.stored()
    world.put(
        replace(
            stored,
            secret=replace(stored.secret, site_id=SITE + 1),
            state=replace(stored.state, site_id=SITE + 1),
        )
    )
    with pytest.raises(AccessDenied):
        world.claim(item)
    world.now += 10 * MINUTE
    world.rotation.sweeping.sweep(world.now)
    assert not world.state.heartbeat_item
    assert world.state.heartbeat_due_at == world.now


@pytest.mark.parametrize("activation", [Activation.PENDING, Activation.INACTIVE])
def test_an_engine_that_is_not_activated_is_refused(activation: Activation) -> None:
    world = make(SITE)
    item = offered(world)
    deactivate(world, activation)
    with pytest.raises(AccessDenied):
        world.claim(item)
    assert trail("CLAIM REFUSED") == ["the engine is not activated"]
    assert trail("CLAIM") == []


@pytest.mark.parametrize("change", [{"activation": Activation.INACTIVE}, {"site_id": SITE + 1}])
def test_a_deactivation_in_the_middle_of_a_claim_counts(change: dict[str, Any]) -> None:
    world = make(SITE)
    item = offered(world)

    class Meanwhile(EngineService):
        def verify(self, said: Signed, now: datetime) -> Verified:
            verified = super().verify(said, now)
            after = replace(verified.engine, **change)
            world.ports.commit(self.store.changed(verified.engine, after))
            return verified

    known = world.engine_work.engines
    assert isinstance(known, EngineService)
    meanwhile = Meanwhile(known.store, known.sites, known.commit, known.next_id)
    work = replace(world.engine_work, engines=meanwhile)
    with pytest.raises(Stale):
        work.claim(world.engine.asking(item, world.now), item, world.now)
    assert trail("CLAIM") == []


def deactivate(world: World, activation: Activation) -> None:
    engine = EngineStore().engine(world.engine.id)
    assert engine is not None
    world.ports.commit(EngineStore().changed(engine, replace(engine, activation=activation)))


def test_a_claim_that_another_key_signed_is_refused() -> None:
    world = make(SITE)
    item = offered(world)
    world.engine.signer = Signer.fresh()
    with pytest.raises(Unauthenticated):
        world.claim(item)


def test_a_claim_for_a_deleted_secret_is_refused() -> None:
    world = make(SITE)
    item = offered(world)
    world.set_state(is_active=False)
    with pytest.raises(Stale):
        world.claim(item)


def test_maintenance_mode_offers_and_hands_out_no_change_but_stores_answers() -> None:
    world = make(SITE)
    handed = world.claim(offered_change(world))
    world.may_change = False
    world.say(handed, world.performed(handed))
    world.take_answers()
    assert world.current_opens()
    change = world.change()
    assert change is not None
    assert change.stage is Stage.DONE


def test_maintenance_mode_hands_out_no_change() -> None:
    world = make(SITE)
    item = offered_change(world)
    world.may_change = False
    with pytest.raises(MaintenanceMode):
        world.claim(item)
    world.pass_time(timedelta(hours=2))
    assert world.host.changes[USER] == 0
    world.may_change = True
    world.rounds(lambda: world.host.changes[USER] == 1)


def _altered_status(body: dict[str, Ref]) -> None:
    body["status"] = Outcome.FAILED


def _other_item(body: dict[str, Ref]) -> None:
    body["item"] = "1" * 32


def _other_fence(body: dict[str, Ref]) -> None:
    body["fence"] = 99


def _other_pin(body: dict[str, Ref]) -> None:
    body["pin"] = "another"


def _other_engine(body: dict[str, Ref]) -> None:
    body["engine"] = 4


def _no_engine(body: dict[str, Ref]) -> None:
    body["engine"] = 77


def _no_status(body: dict[str, Ref]) -> None:
    del body["status"]


def _wrong_type(body: dict[str, Ref]) -> None:
    body["fence"] = "one"


ALTERATIONS = [
    _altered_status,
    _other_item,
    _other_fence,
    _other_pin,
    _other_engine,
    _no_engine,
    _no_status,
    _wrong_type,
]


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_an_altered_answer_changes_nothing(alter: Callable[[dict[str, Ref]], None]) -> None:
    world = make(SITE)
    register(4, SITE, world.committer)
    handed = world.claim(offered(world))
    body = world.engine.saying(handed, SUCCESS, world.now)
    alter(body)
    answer(world, body)
    assert world.state.heartbeat is HeartbeatStatus.PROCESSING
    assert len(trail("ANSWER REFUSED")) == 1


def test_an_answer_of_another_engine_of_the_same_site_changes_nothing() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    other = register(4, SITE, world.committer)
    answer(world, other.saying(handed, SUCCESS, world.now))
    assert world.state.heartbeat is HeartbeatStatus.PROCESSING
    assert len(trail("ANSWER REFUSED")) == 1


def test_an_answer_of_a_deactivated_engine_changes_nothing() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    deactivate(world, Activation.INACTIVE)
    answer(world, world.engine.saying(handed, SUCCESS, world.now))
    assert world.state.heartbeat is HeartbeatStatus.PROCESSING
    assert trail("ANSWER REFUSED") == ["the engine is not activated"]


def test_an_answer_counts_once() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    body = world.engine.saying(handed, SUCCESS, world.now)
    answer(world, body)
    known = world.state
    world.now += timedelta(hours=3)
    answer(world, body)
    assert world.state == known
    assert trail("HEARTBEAT") == ["Success"]


def test_an_answer_after_the_lease_counts_only_while_nobody_went_on() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    world.now += 6 * MINUTE
    answer(world, world.engine.saying(handed, SUCCESS, world.now))
    assert world.state.heartbeat is HeartbeatStatus.SUCCESS


def test_a_late_answer_is_refused_once_the_work_went_on_without_it() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    world.now += 6 * MINUTE
    world.rotation.sweeping.sweep(world.now)
    again = offered(world)
    answer(world, world.engine.saying(handed, Answer(Outcome.FAILED), world.now))
    assert world.state.heartbeat is HeartbeatStatus.PENDING
    assert world.state.heartbeat_item == again
    assert len(trail("ANSWER REFUSED")) == 1


def test_an_answer_about_a_password_edited_meanwhile_says_nothing_of_the_new_one() -> None:
    world = make(SITE)
    handed = world.claim(offered(world))
    fresh = Plain(canary())
    world.host.accounts[USER] = fresh
    world.edit_password(fresh)
    answer(world, world.engine.saying(handed, Answer(Outcome.FAILED), world.now))
    assert world.state.heartbeat is HeartbeatStatus.PENDING
    assert not world.state.is_out_of_sync
    world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.SUCCESS)


def test_the_two_jobs_of_a_minute_offer_one_item() -> None:
    world = make(SITE)
    first = offered(world)
    world.rotation.offering.heartbeats(Where.ENGINE, world.now)
    assert offered(world) == first


def changing(world: World) -> Handed:
    return world.claim(offered_change(world))


def test_an_engine_killed_between_change_and_answer_loses_nothing() -> None:
    world = make(SITE)
    handed = changing(world)
    assert world.performed(handed).status == ChangeStatus.CHANGED
    assert not world.current_opens()
    assert world.some_stored_value_opens()
    world.rounds(world.current_opens)
    assert world.host.changes[USER] == 1
    assert world.host.wrong_logins[USER] == 0


def test_an_engine_killed_before_the_change_costs_one_wrong_login() -> None:
    world = make(SITE)
    changing(world)
    world.rounds(lambda: world.host.changes[USER] == 1)
    world.rounds(world.current_opens)
    assert max(world.runs) <= 1
    assert world.host.wrong_logins[USER] == 1


def test_a_change_whose_late_answer_comes_after_its_resolution_began_stays_right() -> None:
    world = make(SITE)
    handed = changing(world)
    said = world.performed(handed)
    world.now += 6 * MINUTE
    world.rotation.sweeping.sweep(world.now)
    answer(world, world.engine.saying(handed, said, world.now))
    assert world.some_stored_value_opens()
    world.rounds(world.current_opens)


def test_a_password_edited_during_a_change_gives_way_to_the_one_that_was_set() -> None:
    world = make(SITE)
    handed = changing(world)
    said = world.performed(handed)
    typed = Plain(canary())
    world.edit_password(typed)
    answer(world, world.engine.saying(handed, said, world.now))
    assert world.current_opens()
    kept = [world.values.open(12, value) for value, _ in world.secrets.history(12, "password")]
    assert any(one.same(typed) for one in kept)


def test_a_host_with_another_key_is_a_status_of_its_own_and_gets_no_password() -> None:
    world = make(SITE)
    world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.SUCCESS)
    before = world.host.logins[USER]
    world.host.pin = "memory-key-2"
    world.set_state(heartbeat_due_at=world.now)
    world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.PIN_MISMATCH)
    assert world.host.logins[USER] == before
    assert not world.state.is_out_of_sync
    assert world.state.heartbeat_due_at is not None


def test_an_unreachable_target_is_tried_soon_then_as_usual() -> None:
    world = make(SITE)
    world.host.arm(*[Fault.UNREACHABLE] * 8)
    seen = set()
    for _ in range(45):
        world.round()
        seen.add(world.state.heartbeat_due_at)
    assert world.state.heartbeat is HeartbeatStatus.UNABLE_TO_CONNECT
    assert not world.state.is_out_of_sync
    waits = sorted(due for due in seen if due)
    gaps = [round((b - a) / MINUTE) for a, b in zip(waits, waits[1:], strict=False)]
    assert gaps == sorted(gaps)


def test_no_heartbeat_meets_a_scheduled_change() -> None:
    world = make(SITE)
    at = world.now + 3 * MINUTE
    world.set_state(change_due_at=at, expires_at=at)
    assert world.rotation.offering.heartbeats(Where.ENGINE, world.now).done == 0
    assert world.state.heartbeat_due_at == at + 5 * MINUTE


def test_a_change_that_is_refused_for_ever_gives_up_and_says_so() -> None:
    world = make(SITE)
    world.host.arm(*[Fault.REFUSES] * 40)
    offered_change(world)
    change = world.change()
    while change is not None and change.is_open:
        world.round()
        due = world.state.change_due_at
        world.now = max(world.now, due) if due else world.now
        change = world.change()
    assert change is not None
    assert change.stage is Stage.GAVE_UP
    assert world.state.change is ChangeResult.FAIL
    assert world.state.change_failures == 25
    assert world.current_opens()
    assert world.host.wrong_logins[USER] == 0


def test_every_claim_is_on_the_trail_of_the_secret_and_of_the_engine() -> None:
    world = make(SITE)
    world.claim(offered(world))
    assert trail("CLAIM") == [f"heartbeat handed to engine-3, fence {world.state.version}"]
    assert trail("GIVEN") == ["secret 12 for a heartbeat"]
