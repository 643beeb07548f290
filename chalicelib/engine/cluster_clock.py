"""The cluster's clock as the engine knows it: its own, put right by what the cluster says."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.clock import Clock, utc_now

COARSE = timedelta(seconds=2)  # what an HTTP date may be off by itself


class ClusterClock:
    """A clock that is set again and again. Signed times are read from it."""

    def __init__(self, own: Clock = utc_now) -> None:
        self._own = own
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        return self._own() + self.offset

    def set(self, there: datetime) -> None:
        """The cluster just said what time it is."""
        self.offset = there - self._own()

    def set_coarsely(self, there: datetime) -> None:
        """The same from a date of whole seconds: it counts only where it differs by more."""
        if abs(there - self()) > COARSE:
            self.set(there)
