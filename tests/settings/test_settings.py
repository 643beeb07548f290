"""Defaults, stored values, and who sees a change when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.commit import Failed
from chalicelib.aws.keyring import make_if_absent
from chalicelib.core.errors import Invalid
from chalicelib.settings.advanced import ADVANCED
from chalicelib.settings.limits import LIMITS
from chalicelib.settings.service import SettingsService
from chalicelib.settings.settings import (
    DEFAULTS,
    NAMES,
    Settings,
    Stored,
    checked,
    stored_form,
    with_stored,
)
from chalicelib.settings.store import SettingsTable

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_nothing_stored_means_the_defaults() -> None:
    assert with_stored({}) == DEFAULTS == Settings()


def test_every_default_survives_being_stored() -> None:
    everything = {name: getattr(DEFAULTS, name) for name in NAMES}
    assert with_stored(stored_form(everything)) == DEFAULTS


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"custom_url": " https://vault.example.com:8443/SecretServer/ "},
            {"custom_url": "https://vault.example.com:8443/SecretServer"},
        ),
        ({"custom_url": ""}, {"custom_url": ""}),
        ({"ip_address_header": "x-real-ip"}, {"ip_address_header": "x-real-ip"}),
        ({"ip_address_header": " "}, {"ip_address_header": ""}),
        ({"allow_version_mismatch": True}, {"allow_version_mismatch": True}),
    ],
)
def test_texts_are_tidied(given: Mapping[str, object], kept: Mapping[str, object]) -> None:
    assert stored_form(given) == kept


def test_settings_of_a_newer_version_are_passed_over() -> None:
    assert with_stored({"from_the_future": 1}) == DEFAULTS


@pytest.mark.parametrize(
    "changes",
    [
        {"heartbeat": timedelta(1)},
        {"heartbeat_life": 5},
        {"heartbeat_life": timedelta(0)},
        {"trusted_proxies": ["everywhere"]},
        {"loopback_targets": [22]},
        {"clock_tolerance": "30"},
        {"allow_version_mismatch": 1},
        {"custom_url": "http://vault.example.com"},
        {"custom_url": "https://"},
        {"custom_url": "https://user@vault.example.com"},
        {"custom_url": "https://vault.example.com?x=1"},
        {"custom_url": "javascript:alert(1)"},
        {"custom_url": "https://vault.example.com:70000"},
        {"custom_url": 7},
        {"ip_address_header": "X Forwarded"},
    ],
)
def test_a_wrong_name_or_value_is_refused(changes: Mapping[str, object]) -> None:
    with pytest.raises(Invalid):
        stored_form(changes)


def test_an_item_is_not_offered_again_while_it_may_be_claimed() -> None:
    with pytest.raises(Invalid, match="Heartbeat Message Retry Seconds .* which is 600 seconds"):
        checked(with_stored({"heartbeat_life": 600}))
    with pytest.raises(Invalid, match="Password Change Message Retry Seconds .* 1200 seconds"):
        checked(with_stored({"change_again": 60}))


WRONG: Mapping[str, object] = {"trusted_proxies": ["everywhere"], "loopback_targets": ["here"]}
"""A value of the right type and no sense; numbers are taken beyond both of their ends."""


@pytest.mark.parametrize("setting", sorted(NAMES))
def test_every_refusal_names_the_setting_as_the_api_does_and_what_it_takes(setting: str) -> None:
    limit = LIMITS[setting]
    (shown,) = (one for one in ADVANCED if one.setting == setting)
    for value in wrong_of(setting):
        with pytest.raises(Invalid) as refused:
            stored_form({setting: value})
        assert str(refused.value).startswith(f"{shown.name} is ")
    if limit.most:
        unit = " of seconds" if isinstance(getattr(DEFAULTS, setting), timedelta) else ""
        assert f"from {limit.least} to {limit.most}" in limit.wants
        assert unit in limit.wants
        for text in ("soon", "-1"):
            with pytest.raises(Invalid, match=f"from {limit.least} to {limit.most}"):
                shown.read(text)


def wrong_of(setting: str) -> list[object]:
    limit, default = LIMITS[setting], getattr(DEFAULTS, setting)
    ends = [limit.least - 1, limit.most + 1]
    match default:
        case bool():
            return [1, "true"]
        case int():
            return [*ends, "5", True]
        case timedelta():
            return [*(timedelta(seconds=one) for one in ends), 5, "5"]
        case tuple():
            return [WRONG[setting], "one", 7]
        case _:
            return ["no such\nthing", 7]


def test_the_ends_themselves_are_taken() -> None:
    for setting, limit in LIMITS.items():
        if isinstance(getattr(DEFAULTS, setting), timedelta):
            for end in (limit.least, limit.most):
                assert stored_form({setting: timedelta(seconds=end)}) == {setting: end}


@dataclass
class FakeTable:
    values: dict[str, Stored] = field(default_factory=dict)
    reads: int = 0

    def fetch(self) -> tuple[dict[str, Stored], int]:
        self.reads += 1
        return self.values, 1

    def store(self, values: Mapping[str, Stored], version: int) -> Any:
        self.values = dict(values)
        return "write"


@dataclass
class FakeClock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def service(table: FakeTable, clock: FakeClock) -> SettingsService:
    def commit(writes: Sequence[Any], audit: Sequence[Any] = ()) -> None:
        assert writes == ["write", ("settings", False)]
        assert audit

    return SettingsService(table, commit, lambda epoch, lenient: (epoch, lenient), clock)


def test_a_process_reads_again_when_the_epoch_moves_and_only_then() -> None:
    table = FakeTable()
    settings = service(table, FakeClock())
    assert settings.at(1) is settings.at(1) is settings.current()
    assert table.reads == 1
    settings.at(2)
    assert table.reads == 2


def test_without_a_gate_a_copy_lives_ten_seconds() -> None:
    table, clock = FakeTable(), FakeClock()
    settings = service(table, clock)
    settings.current()
    clock.now += timedelta(seconds=9)
    settings.current()
    assert table.reads == 1
    clock.now += timedelta(seconds=1)
    settings.current()
    assert table.reads == 2


def test_who_changes_a_setting_sees_it_at_once() -> None:
    settings = service(FakeTable(), FakeClock())
    settings.change(1, {"engine_callback": timedelta(seconds=5)})
    assert settings.at(1).engine_callback == timedelta(seconds=5)


@pytest.mark.usefixtures("aws")
def test_stored_settings_move_the_gates_epoch_and_refuse_a_lost_update() -> None:
    make_if_absent("c1", wiring.clock())
    _found()
    wiring.settings().change(0, {"loopback_targets": ["127.0.0.1:2222"]})
    assert wiring.gate().read().epoch("settings") == 1
    assert wiring.settings().at(1).loopback_targets == ("127.0.0.1:2222",)
    table = SettingsTable()
    values, version = table.fetch()
    wiring.committer()([table.store(values, version)])
    with pytest.raises(Failed):
        wiring.committer()([table.store(values, version)])


def _found() -> None:
    from chalicelib.cluster.gate import Gate
    from chalicelib.cluster.store import Gates

    wiring.committer()([Gates().found(Gate("c1", version="1", fingerprint="f"))])
