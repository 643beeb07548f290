"""Programs and rights that real targets need: without, tests are skipped; in CI they fail."""

from __future__ import annotations

import os
import shutil
from glob import glob
from pathlib import Path

import pytest

PLACES = ("/usr/sbin", "/usr/lib/postgresql/*/bin", "/usr/local/sbin")


def program(name: str, package: str) -> Path:
    """Where a program lies. Skips the test, saying which package has it; fails it in CI."""
    found = shutil.which(name)
    if found is None:
        found = max(
            (path for place in PLACES for path in glob(f"{place}/{name}")),  # noqa: PTH207
            default=None,
        )
    if found is None:
        missing(f"{name} is not installed (Debian package {package})")
    return Path(str(found))


def root(why: str) -> None:
    """Skips the test when not run by root; fails it in CI."""
    if os.geteuid() != 0:
        missing(f"not root, which is needed to {why}")


def missing(reason: str) -> None:
    """In CI nothing may be skipped."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
