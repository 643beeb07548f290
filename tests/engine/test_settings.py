"""Flags and environment of the engine program."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.changers.target import Limits
from chalicelib.engine.settings import read


def test_flags_win_over_the_environment() -> None:
    environment = {"CONCLAVE_URL": "https://a", "CONCLAVE_ENGINE_NAME": "n"}
    settings = read(["--url", "https://b", "--workers", "3", "--poll", "9"], environment)
    assert (settings.url, settings.name, settings.workers) == ("https://b", "n", 3)
    assert settings.poll == timedelta(seconds=9)


def test_the_environment_is_enough() -> None:
    environment = {
        "CONCLAVE_URL": "https://a",
        "CONCLAVE_ENGINE_STATE": "/s",
        "CONCLAVE_ENGINE_CA": "/c",
    }
    settings = read([], environment)
    assert (settings.state, settings.ca) == (Path("/s"), Path("/c"))


def test_slow_targets_may_be_given_more_time() -> None:
    url = ["--url", "https://a"]
    usual = timedelta(seconds=10)
    assert read(url, {}).limits == Limits(usual / 2, usual, usual)
    asked = timedelta(seconds=30)
    assert read([*url, "--patience", "30"], {}).limits == Limits(asked / 2, asked, asked)
    assert read(url, {"CONCLAVE_ENGINE_PATIENCE": "30"}).limits.step == asked


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--url", "https://a", "--workers", "0"],
        ["--url", "https://a", "--poll", "21"],
        ["--url", "https://a", "--patience", "0"],
        ["--url", "https://a", "--patience", "61"],
        ["--url", "https://a", "--patience", "long"],
    ],
)
def test_what_cannot_work_is_said_at_once(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(arguments, {})
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
