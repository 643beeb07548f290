"""What one run of an agent did, and what is remembered and told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .gate import Bar
from .news import missing_text
from .node import Made
from .plan import MakeQueue, Step, Target, digest


@dataclass(frozen=True, slots=True)
class Report:
    """One run: what is wrong with the node, the steps done, and the steps that failed.

    applied: what the node follows, once a look found nothing missing and nothing under way
    healed:  what somebody's hand had set wrong, for people
    """

    bar: Bar | None = None
    done: tuple[Step, ...] = ()
    failed: tuple[str, ...] = ()
    made: Made = Made()
    applied: str = ""
    healed: tuple[str, ...] = ()


def made_after(made: Made, done: Sequence[Step], failed: Sequence[str], wanted: Target) -> Made:
    """What is remembered after a round: only what was surely made."""
    queues = {step.queue.name for step in done if isinstance(step, MakeQueue)}
    known = {one.name for one in wanted.queues}
    return replace(
        made,
        schedules=made.schedules if failed else digest(wanted.schedules),
        queues=(made.queues | queues) & known,
    )


def error_text(report: Report) -> str:
    """What the node's row says: what failed, what is missing, and what was just set right."""
    missing = missing_text(sorted(report.made.missing))
    return "; ".join(dict.fromkeys(filter(None, (*report.failed, missing, *report.healed))))


def newer(before: Made, after: Made) -> Made | None:
    return after if after != before else None


def facts_of(report: Report) -> dict[str, Any]:
    return {
        "bar": str(report.bar or ""),
        "steps": [type(step).__name__ for step in report.done],
        "failed": list(report.failed),
    }
