"""How many requests one user may make: a bucket each, which fills again while he waits.

Approximate, as every process counts for itself and forgets at its end; in return it costs no call.
A cluster's real bound is what its functions may run at once; this keeps one user from all of it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from chalicelib.core.errors import Throttled

MOST_USERS = 2_000
"""Of whom a process remembers how fast they are; the one who was quiet longest is forgotten."""


@dataclass(slots=True)
class Pace:
    """Thread-safe. clock: seconds that never go back."""

    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[int, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, user_id: int, per_minute: int) -> None:
        """Count one request. Raises Throttled, with how long to wait, when he made too many.

        He may make a whole minute's at once, and then as many a second as come back meanwhile.
        """
        rate, now = per_minute / 60, self.clock()
        with self._lock:
            left, at = self._left.pop(user_id, (float(per_minute), now))
            left = min(float(per_minute), left + (now - at) * rate)
            is_free = left >= 1
            self._left[user_id] = (left - 1 if is_free else left, now)
            if len(self._left) > MOST_USERS:
                self._left.popitem(last=False)
        if not is_free:
            wait = timedelta(seconds=(1 - left) / rate)
            raise Throttled("Too many requests: wait before the next one.", wait)


PACE = Pace()
"""This process's."""


def reset() -> None:
    """Forget how fast anybody was."""
    PACE._left.clear()
