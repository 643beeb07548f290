"""The environment is made once, and again only when the requirements change."""

import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.localrun.environment import _pins, python_in
from infra.localrun.settings import ROOT, RefusedError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with an environment whose pip only notes what it is asked."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ntest ! -e {tmp_path}/broken\n')
    python.chmod(0o755)
    (python.parent / "pip").touch()
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "requirements-dev.txt").write_text("two==2\n")
    return tmp_path


def installed(root: Path) -> list[str]:
    """What each pip was asked for."""
    asked = (root / "asked").read_text().splitlines()
    return [one for one in asked if "pip install" in one]


def test_a_second_start_installs_nothing(root: Path) -> None:
    assert python_in(root) == root / ".venv" / "bin" / "python"
    python_in(root)
    asked = installed(root)
    assert sorted(one.split()[-1] for one in asked) == ["one==1", "two==2"]


def test_other_requirements_are_installed(root: Path) -> None:
    python_in(root)
    (root / "requirements.txt").write_text("one==2\n")
    python_in(root)
    asked = installed(root)
    assert sorted(one.split()[-1] for one in asked) == ["one==1", "one==2", "two==2", "two==2"]


def test_a_failed_installation_is_said_and_tried_again(root: Path) -> None:
    (root / "broken").touch()
    with pytest.raises(RefusedError, match="pip could not install"):
        python_in(root)
    (root / "broken").unlink()
    python_in(root)
    assert len(installed(root)) == 4


def test_the_lists_name_whatever_a_package_of_theirs_needs() -> None:
    """For pip is told to look for nothing else."""
    lists = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
    pinned = dict(pin.split("==") for path in lists for pin in _pins(path))
    pinned = {canonicalize_name(name): version for name, version in pinned.items()}
    pinned["pip"] = metadata.version("pip")  # which every environment has
    missing = [
        f"{name} needs {need}"
        for name in pinned.keys() - {"pip"}
        for need in map(Requirement, metadata.requires(name) or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
        if not need.specifier.contains(pinned.get(canonicalize_name(need.name), "0"), True)
        or canonicalize_name(need.name) not in pinned
    ]
    assert missing == []


def test_an_environment_without_pip_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an interrupted start leaves it, or a Python whose package for environments was missing."""
    half = tmp_path / ".venv" / "bin" / "python"
    half.parent.mkdir(parents=True)
    half.symlink_to(sys.executable)
    asked: list[tuple[Path, dict[str, bool]]] = []
    monkeypatch.setattr(venv, "create", lambda folder, **how: asked.append((folder, how)))
    assert python_in(tmp_path) == half
    assert asked == [(tmp_path / ".venv", {"with_pip": True, "clear": True, "symlinks": True})]


def test_a_directory_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    """A missing one stands for a read-only one, which root could write all the same."""
    with pytest.raises(RefusedError, match="cannot be written"):
        python_in(tmp_path / "missing")


def test_the_entry_needs_nothing_but_the_standard_library() -> None:
    """It runs before the environment exists."""
    program = (
        "import sys; sys.path.insert(0, '.'); import infra.localrun.start; print(*sys.modules)"
    )
    command = [sys.executable, "-I", "-S", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    roots = {name.split(".")[0] for name in ended.stdout.split()}
    assert roots - set(sys.stdlib_module_names) <= {"infra", "__main__", "__mp_main__"}
