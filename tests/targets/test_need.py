"""A missing program skips a test and says why; in CI it fails it."""

from __future__ import annotations

import pytest

from .need import program


def test_a_missing_program_skips_and_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program.*no-such-package"):
        program("no-such-program", "no-such-package")


def test_in_ci_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-package"):
        program("no-such-program", "no-such-package")
