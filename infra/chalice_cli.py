"""Runs the chalice command on this project, in the environment that runs us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.aws import region

PROJECT = Path(__file__).resolve().parents[1]


class ChaliceFailedError(Exception):
    """The chalice command ended badly; it has printed why."""


def run(command: str, stage: str, *options: str, project: Path = PROJECT) -> None:
    """`chalice <command> --stage <stage>`; its output goes to stderr, progress of ours."""
    words = [sys.executable, "-c", _MAIN, command, "--stage", stage, *options]
    environment = {**os.environ, "AWS_DEFAULT_REGION": region()}
    done = subprocess.run(words, cwd=project, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise ChaliceFailedError(f"chalice {command} --stage {stage} ended with {done.returncode}")


_MAIN = "import sys; from chalice.cli import main; sys.exit(main())"
