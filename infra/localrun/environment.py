"""The project's own Python environment: `.venv`, made and filled once. Standard library only."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

from infra.localrun.settings import ROOT, RefusedError
from infra.progress import step

_LISTS = ("requirements.txt", "requirements-dev.txt")


def python_in(root: Path) -> Path:
    """The environment's Python, with everything installed; a second start finds all in place."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    lists = [root / name for name in _LISTS if (root / name).exists()]
    stamp = folder / ".conclave-stamp"  # the Makefile compares its age
    wanted = _digest(lists)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    if not os.access(root, os.W_OK):
        raise RefusedError(
            f"The directory {root} cannot be written, so no .venv can be made in it."
        )
    if not (folder / "bin" / "pip").exists():  # an interrupted one has a Python, and no pip
        with step("making .venv"):
            _make(folder)
    with step("installing " + " and ".join(path.name for path in lists)):
        _install(python, lists)
    stamp.write_text(wanted)
    return python


def _make(folder: Path) -> None:
    try:
        venv.create(folder, with_pip=True, clear=True, symlinks=True)  # never writes through a link
    except (OSError, subprocess.CalledProcessError) as error:
        text = "Python could not make a virtual environment; on Debian install python3-venv."
        raise RefusedError(text) from error


def _install(python: Path, lists: list[Path]) -> None:
    """The lists pin every package, so pip has nothing to find out, and two of it share the work."""
    pins = [pin for path in lists for pin in _pins(path)]
    begun = [_pip(python, half) for half in (pins[::2], pins[1::2]) if half]
    try:
        codes = [one.wait() for one in begun]
    except BaseException:
        for one in begun:
            one.kill()
        raise
    if any(codes):
        raise RefusedError("pip could not install the requirements; its own words are above.")


def _pip(python: Path, pins: list[str]) -> subprocess.Popen[bytes]:
    """What it installs is compiled by whoever first imports it: most of it nobody ever does."""
    how = ("-qq", "--disable-pip-version-check", "--no-deps", "--no-compile")
    return subprocess.Popen([str(python), "-m", "pip", "install", *how, *pins])


def _pins(path: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def _digest(lists: list[Path]) -> str:
    content = [path.read_bytes() for path in lists]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *content])).hexdigest()


if __name__ == "__main__":  # for the Makefile: `make run` and `make test` share one environment
    try:
        python_in(ROOT)
    except RefusedError as refusal:
        sys.exit(str(refusal))
