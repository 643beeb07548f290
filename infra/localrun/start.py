"""`make run` on a supported Python: refuse early, set up, then become the launcher."""

import os
import sys

from infra.localrun.environment import python_in
from infra.localrun.preflight import check_ports, claim
from infra.localrun.settings import ROOT, RefusedError, settings


def main() -> None:
    try:
        wanted = settings(os.environ)
        claim(wanted.state).release()
        check_ports(wanted)
        python = python_in(ROOT)
    except RefusedError as refusal:
        sys.stderr.write(f"make run: {refusal}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "infra.localrun.launcher"])  # noqa: S606 (our own)
