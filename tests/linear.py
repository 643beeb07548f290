"""Is a history of concurrent operations linearizable? By trying orders, as Wing and Gong do.

Each operation must seem to happen at one moment between its begin and its end: there must be an
order in which what ended before another began comes first, and in which a model that does one
thing at a time gives every operation the result that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)
A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Done(Generic[A]):
    """One operation that came to an end. `begin` and `end` are places in one order of events."""

    begin: int
    end: int
    act: A
    result: Hashable


Model = Callable[[S, A], tuple[S, Hashable]]
"""The state after an act, and what it gives."""


def is_linearizable(
    history: Sequence[Done[A]], model: Model[S, A], first: S, gave_up: Hashable = None
) -> bool:
    """Whether such an order exists. An operation whose result is `gave_up` has done nothing."""
    acts = [one for one in history if one.result != gave_up]
    seen: set[tuple[frozenset[int], S]] = set()
    ahead = [(frozenset(range(len(acts))), first)]
    while ahead:
        left, state = ahead.pop()
        if not left:
            return True
        if (left, state) in seen:
            continue
        seen.add((left, state))
        soonest = min(acts[one].end for one in left)
        for one in left:
            after, result = model(state, acts[one].act)
            if acts[one].begin <= soonest and result == acts[one].result:
                ahead.append((left - {one}, after))
    return False
