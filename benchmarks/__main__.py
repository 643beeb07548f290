"""`python -m benchmarks` prints what everything costs; exit code 1 when a budget is not kept.

`--write` also puts the counts into docs/operations/costs.md.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from . import cluster


def main(arguments: list[str]) -> int:
    cluster.set_environment()
    from chalicelib.core.log import logger

    from . import report
    from .table import BUDGETS

    logger().setLevel(logging.ERROR)
    found = []
    with TemporaryDirectory() as scratch:
        for budget in BUDGETS:
            measured = budget.measure(Path(scratch))
            found.append((budget, measured))
            print(report.line(budget, measured), flush=True)
    if "--write" in arguments:
        report.write(found)
    over = [budget for budget, measured in found if budget.binds and not budget.keeps(measured)]
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
