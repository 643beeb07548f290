"""A fresh cluster on moto for each test: made once a process, and copied ever after.

To make its tables, queues and keys takes a third of a second; to copy them, still empty, a
hundredth of that. The same goes for a cluster that was set up.
"""

from __future__ import annotations

import atexit
import copy
import copyreg
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from moto.core.base_backend import BackendDict
from moto.s3.models import FakeKey

from infra.template import load
from tests.moto_later import ssm_models

Place: TypeAlias = tuple[Any, str, str]
"""Where moto keeps something: a service's dictionary, an account, a region."""

State: TypeAlias = list[tuple[Place, Any]]

T = TypeVar("T")

FRESH = 60.0
"""Seconds for which what was made with the time of day in it is good."""

_pristine: dict[str, State] = {}
_kept: dict[str, tuple[float, object, State, Any]] = {}


def fresh(cluster: str) -> None:
    """The resources of cluster.yaml, as `load` makes them; for one cluster a process."""
    if cluster in _pristine:
        _put_back(_pristine[cluster])
    else:
        load(cluster)
        _pristine[cluster] = _state()


def kept(name: str, make: Callable[[], T], on: object = None) -> T:
    """What `make` made, with all that it left in AWS, put back if it was made just now.

    on: what it was made upon; upon anything else it is made anew. It must make the same each time,
    on a fresh cluster, and nothing of it may change afterwards. The process must forget the cluster
    that it knew: `tests.conftest.forget`.
    """
    made_at, base, state, made = _kept.get(name, (0.0, None, [], None))
    if state and base == on and time.monotonic() - made_at < FRESH:
        _put_back(state)
        return cast("T", made)
    new = make()
    _kept[name] = (time.monotonic(), on, _state(), new)
    return new


def _state() -> State:
    places = [
        (service, account, region)
        for service in BackendDict._instances  # type: ignore[misc]
        for account, regions in service.items()
        for region in regions
    ]
    held = copy.deepcopy([dict.__getitem__(s[a], r) for s, a, r in places])
    return list(zip(places, held, strict=True))


def _put_back(state: State) -> None:
    held = copy.deepcopy([one for _, one in state])
    for ((service, account, region), _), one in zip(state, held, strict=True):
        dict.__setitem__(service[account], region, one)


def _condition(_: threading.Condition) -> tuple[Any, tuple[()]]:
    return threading.Condition, ()


def _parameters(found: Any) -> tuple[Any, ...]:
    return type(found), (found.account_id, found.region_name), None, None, iter(found.items())


def _key_copied(key: FakeKey, memo: dict[int, Any]) -> FakeKey:
    """An object of a bucket that moto does not know of: what it knows, it empties at each start."""
    twin: FakeKey = object.__new__(FakeKey)
    twin.__setstate__(copy.deepcopy(key.__getstate__(), memo))
    return twin


FakeKey.__deepcopy__ = _key_copied  # type: ignore[attr-defined]
copyreg.pickle(threading.Condition, _condition)
copyreg.pickle(ssm_models.ParameterDict, _parameters)
atexit.register(_kept.clear)  # while there is still a process for what they end
