"""A copy of the project as an operator has it after a clone, to package and deploy from."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("app.py", "requirements.txt", "chalicelib", "infra", ".chalice")
_UNWANTED = shutil.ignore_patterns("deployed", "deployments", "venv")


def packaged(own: Path) -> Path:
    """A copy with a built deployment package; built once for all processes of a test run.

    own: this process's temporary folder; those of xdist's workers have the run's as parent.
    """
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    project = shared / "packaged-project"
    with (shared / "packaged-project.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (project / "out" / "sam.json").exists():
            copy(ROOT, project)
            run(project, ["-m", "compileall", "-q", "app.py", "chalicelib", "infra"], {})
            chalice(project, "package", "--stage", "node-a", "out")
    return project


def copy(source: Path, target: Path) -> None:
    """Compiled modules too: they are packaged with the rest, and tell one package from another."""
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, ignore=_UNWANTED, dirs_exist_ok=True)
        else:
            shutil.copy2(source / part, target / part)


def chalice(project: Path, *words: str, environment: Mapping[str, str] | None = None) -> None:
    command = "import sys; from chalice.cli import main; sys.exit(main())"
    run(project, ["-c", command, *words], environment or {})


def run(
    project: Path, words: list[str], environment: Mapping[str, str], *, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Python with these words in the project; fails with what it wrote unless it ends so."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done
