"""When a schedule of EventBridge Scheduler is due: cron, rate and at, by its own time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aws_croniter import AwsCroniter

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


class UnknownExpressionError(ValueError):
    """The expression is none that EventBridge Scheduler takes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A schedule's expression and zone; `since` is when it was made or last changed."""

    expression: str
    zone: str
    since: datetime

    def last_due(self, after: datetime, now: datetime) -> datetime | None:
        """The latest moment at which it was due, later than `after` and not later than `now`.

        However many were missed, only the latest is caught up.
        """
        moment = self._latest(now)
        return moment if moment is not None and moment > max(after, self.since) else None

    def _latest(self, now: datetime) -> datetime | None:
        kind, _, rest = self.expression.strip().partition("(")
        inside = rest.removesuffix(")")
        if kind == "cron":
            return self._latest_cron(inside, now)
        if kind == "rate":
            return self._latest_rate(inside, now)
        if kind == "at":
            moment = self._utc(datetime.fromisoformat(inside))
            return moment if moment <= now else None
        raise UnknownExpressionError(self.expression)

    def _latest_cron(self, fields: str, now: datetime) -> datetime | None:
        wall = now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=UTC, second=0, microsecond=0)
        croniter: Any = AwsCroniter
        found = croniter(fields).get_prev(wall, 1, inclusive=True)
        return self._utc(found[0].replace(tzinfo=None)) if found and found[0] else None

    def _latest_rate(self, text: str, now: datetime) -> datetime:
        found = re.fullmatch(r"(\d+) (minute|hour|day)s?", text)
        if not found:
            raise UnknownExpressionError(self.expression)
        period = int(found[1]) * _UNITS[found[2]]
        return self.since + (now - self.since) // period * period

    def _utc(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
