"""Counts changes, for those who wait for the next instead of looking again and again."""

import asyncio
import contextlib


class Changes:
    """To be noted and waited for on one event loop."""

    def __init__(self) -> None:
        self._number = 0
        self._next = asyncio.Event()

    def note(self) -> None:
        self._number += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, seen: int, patience: float) -> int:
        """The number of changes: at once unless it is `seen`, else with the next or after a while.

        patience: seconds
        """
        if self._number == seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._next.wait(), patience)
        return self._number
