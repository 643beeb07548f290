"""Engines are approved by people and believed by signature: on the real store, over moto."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import SYSTEM
from chalicelib.aws import keyring
from chalicelib.aws.engine_credentials import policy
from chalicelib.core.errors import Invalid, NotFound, StillUsed, Throttled, Unauthenticated
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import Signer, Statement
from chalicelib.sites.engine import Activation, Change, Engine, after
from chalicelib.sites.engines import MOST_PENDING, EngineService, Registration, Said
from chalicelib.sites.service import SiteService
from chalicelib.sites.site import LOCAL, queues
from chalicelib.sites.store import EngineStore, SiteStore
from tests.calls import Calls

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Keys:
    """An engine's own side of its keys."""

    def __init__(self) -> None:
        self.signer, self.opener = Signer.fresh(), Opener.fresh()

    def registration(self, name: Any = "engine-1") -> Any:
        return Registration(name, "host", "1", self.signer.public(), self.opener.public())

    def said(
        self,
        engine_id: Any,
        at: datetime = NOON,
        nonce: Any = "0" * 32,
        path: Any = "/api/v1/engine/callback",
    ) -> Any:
        statement = Statement("POST", path, b"{}", int(at.timestamp()), nonce)
        return Said(engine_id, statement, self.signer.sign(statement))


@pytest.fixture
def engines(aws: None) -> Any:
    keyring.make_if_absent("c" * 32, wiring.clock())
    commit = wiring.committer()
    sites = SiteService(SiteStore(), commit, wiring.counter().next, lambda: None)
    return EngineService(EngineStore(), sites, commit, wiring.counter().next)


def at_work(engines: EngineService, keys: Any) -> Any:
    site = engines.sites.create(SYSTEM, "Demo", NOON)
    engine = engines.register(keys.registration(), "127.0.0.1", NOON)
    return engines.change(SYSTEM, engine.id, Change.ACTIVATE, site.id, NOON), site


def test_a_new_engine_waits_for_a_person(engines: EngineService) -> None:
    keys = Keys()
    engine = engines.register(keys.registration(), "10.0.0.9", NOON)
    assert engine.activation is Activation.PENDING
    assert not engine.active
    assert engine.fingerprint.startswith("SHA256:")
    told, site = engines.call_back(keys.said(engine.id), "1", NOON)
    assert (told.active, site) == (False, None)


def test_the_same_keys_are_the_same_engine(engines: EngineService) -> None:
    keys = Keys()
    first = engines.register(keys.registration(), "a", NOON)
    again = engines.register(keys.registration("other name"), "b", NOON)
    assert again.id == first.id
    assert len(engines.engines()) == 1


def test_an_approved_engine_calls_back_and_is_online(engines: EngineService) -> None:
    keys = Keys()
    engine, site = at_work(engines, keys)
    told, where = engines.call_back(keys.said(engine.id), "2", NOON)
    assert told.active
    assert where == site
    known = engines.engine(engine.id)
    assert known.is_online(NOON + 2 * MINUTE, site.callback)
    assert not known.is_online(NOON + 3 * MINUTE, site.callback)
    assert known.version == "2"


def test_a_call_made_before_is_refused(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    engines.call_back(keys.said(engine.id), "1", NOON)
    with pytest.raises(Unauthenticated):
        engines.call_back(keys.said(engine.id), "1", NOON)


@pytest.mark.parametrize("late", [timedelta(seconds=61), timedelta(seconds=-61)])
def test_a_call_of_another_time_is_refused(engines: EngineService, late: timedelta) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    with pytest.raises(Unauthenticated):
        engines.call_back(keys.said(engine.id, NOON + late), "1", NOON)


def test_another_engines_signature_is_refused(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    with pytest.raises(Unauthenticated):
        engines.call_back(Keys().said(engine.id), "1", NOON)


def test_an_altered_call_is_refused(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    said = keys.said(engine.id)
    altered = replace(said, statement=replace(said.statement, body=b'{"version":"x"}'))
    with pytest.raises(Unauthenticated):
        engines.verify(altered, NOON)


def test_a_deleted_engine_is_nobody(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    engines.change(SYSTEM, engine.id, Change.DELETE, None, NOON)
    with pytest.raises(Unauthenticated):
        engines.call_back(keys.said(engine.id), "1", NOON)
    assert engines.engines() == []


def test_a_deactivated_engine_gets_no_provisions(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    engines.change(SYSTEM, engine.id, Change.DEACTIVATE, None, NOON)
    told, _ = engines.call_back(keys.said(engine.id), "1", NOON)
    assert not told.active


def test_engines_do_not_pile_up_unapproved(engines: EngineService) -> None:
    for number in range(MOST_PENDING):
        engines.register(Keys().registration(f"e{number}"), "a", NOON)
    with pytest.raises(Throttled):
        engines.register(Keys().registration("one more"), "a", NOON)


def test_three_missed_callbacks_mark_an_engine_offline_once(engines: EngineService) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    engines.call_back(keys.said(engine.id), "1", NOON)
    assert engines.mark_silent(NOON + 2 * MINUTE) == (0, 0)
    assert engines.mark_silent(NOON + 4 * MINUTE) == (1, 1)
    assert engines.mark_silent(NOON + 5 * MINUTE) == (0, 0)


def test_local_takes_no_engines_and_no_changes(engines: EngineService) -> None:
    engine = engines.register(Keys().registration(), "a", NOON)
    with pytest.raises(Invalid):
        engines.change(SYSTEM, engine.id, Change.ACTIVATE, LOCAL.id, NOON)
    with pytest.raises(StillUsed):
        engines.sites.change(SYSTEM, replace(LOCAL, name="Other"), NOON)


def test_sites_have_ids_of_their_own_and_a_pair_of_queues(engines: EngineService) -> None:
    made = [engines.sites.create(SYSTEM, f"s{number}", NOON).id for number in range(3)]
    assert len({*made, LOCAL.id}) == 4
    names = engines.sites.queue_names()
    assert names == [name for one in sorted(made) for name in queues(one)]
    with pytest.raises(NotFound):
        engines.sites.site(999)
    with pytest.raises(Invalid):
        engines.sites.create(SYSTEM, "  ", NOON)


def test_credentials_reach_the_own_sites_queues_and_the_answers_only(aws: None) -> None:
    said = policy(("site-7", "site-7-now"), ("engine-response",))
    assert "*" not in json.dumps(said)
    resources = [one for statement in said["Statement"] for one in statement["Resource"]]
    assert [one.rsplit(":", 1)[1] for one in resources] == [
        "conclave-test-site-7",
        "conclave-test-site-7-now",
        "conclave-test-engine-response",
    ]


@pytest.mark.parametrize(
    ("change", "site_id", "activation", "kept"),
    [
        (Change.ACTIVATE, 7, Activation.ACTIVATED, 7),
        (Change.DEACTIVATE, None, Activation.INACTIVE, 2),
        (Change.REMOVE_FROM_SITE, None, Activation.PENDING, None),
        (Change.DELETE, None, Activation.DELETED, None),
        (Change.ASSIGN, 3, Activation.PENDING, 3),
    ],
)
def test_what_each_change_makes_of_an_engine(
    change: Change, site_id: int | None, activation: Activation, kept: int | None
) -> None:
    engine = Engine(1, "e", "h", b"", b"", site_id=2)
    changed = after(engine, change, site_id)
    assert (changed.activation, changed.site_id) == (activation, kept)


def test_a_callback_is_two_calls_and_sts(engines: EngineService, calls: Calls) -> None:
    keys = Keys()
    engine, _ = at_work(engines, keys)
    engines.call_back(keys.said(engine.id), "1", NOON)
    calls.clear()
    engines.call_back(keys.said(engine.id, nonce="1" * 32), "1", NOON)
    assert calls.count() == 3  # the engine, the commit, its site
