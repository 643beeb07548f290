"""Schedule expressions: AWS cron, UTC, minute-aligned (see EventBridge Scheduler, cron)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core.errors import Invalid

LATE = timedelta(seconds=90)  # a tick this late is not the newest of a job that ticks each minute
MOST_MINUTES = 24 * 60


def every(minutes: int) -> str:
    """The expression of "every so many minutes". Raises Invalid for what does not divide a day."""
    if minutes < 1 or minutes > MOST_MINUTES:
        raise Invalid(f"an interval is 1 to {MOST_MINUTES} minutes")
    if minutes == 1:
        return "cron(* * * * ? *)"
    if minutes < 60 and 60 % minutes == 0:
        return f"cron(0/{minutes} * * * ? *)"
    if minutes == MOST_MINUTES:
        return "cron(0 0 * * ? *)"
    hours, rest = divmod(minutes, 60)
    if rest == 0 and 24 % hours == 0:
        return f"cron(0 0/{hours} * * ? *)"
    raise Invalid(
        "an interval divides an hour or, in whole hours, a day: 5, 10, 15, 30, 60, 120 ..."
    )


def checked(expression: str) -> str:
    """The expression itself. Raises Invalid when AWS would not take it, or it never fires."""
    if not (expression.startswith("cron(") and expression.endswith(")")):
        raise Invalid("a schedule reads cron(minutes hours day month weekday year), in UTC")
    if "LW" in expression.upper():
        raise Invalid("LW is not supported: use L or a day with W")
    if next_after(expression, datetime.now(UTC)) is None:
        raise Invalid("this schedule never fires")
    return expression


def next_after(expression: str, now: datetime) -> datetime | None:
    """The first slot after a moment, or None when there is none."""
    found = _cron(expression).get_next(now, 1)
    return found[0] if found else None


def floor(at: datetime) -> datetime:
    """The minute of a moment."""
    return at.replace(second=0, microsecond=0)


def slot(expression: str, at: datetime, now: datetime) -> datetime:
    """The slot that a late tick stands for: the newest.

    After an outage the late ticks of a job all stand for the newest slot: it is caught up once.
    """
    own = floor(at)
    found = _cron(expression).get_prev(floor(now), 1, inclusive=True)
    return max(own, found[0]) if found else own


def _cron(expression: str) -> Any:  # the library has no types
    from aws_croniter import AwsCroniter

    try:
        return AwsCroniter(  # type: ignore[no-untyped-call]
            expression[len("cron(") : -1]
        )
    except Exception as error:  # the library raises classes without a common root
        raise Invalid(f"not a schedule: {expression}") from error
