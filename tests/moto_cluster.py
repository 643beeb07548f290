"""A fresh cluster on moto for each test: made once a process, and copied ever after.

To make its tables, queues and keys takes a third of a second; to copy them, still empty, a
hundredth of that.
"""

from __future__ import annotations

import copy
import copyreg
import threading
from typing import Any, TypeAlias

from moto.core.base_backend import BackendDict
from moto.ssm.models import ParameterDict

from infra.template import load

Place: TypeAlias = tuple[Any, str, str]
"""Where moto keeps something: a service's dictionary, an account, a region."""

_places: list[Place] = []
_pristine: list[Any] = []


def fresh(cluster: str) -> None:
    """The resources of cluster.yaml, as `load` makes them; for one cluster a process."""
    if not _places:
        load(cluster)
        _places.extend(_used())
        _pristine.extend(copy.deepcopy([dict.__getitem__(s[a], r) for s, a, r in _places]))
        return
    for (service, account, region), backend in zip(_places, copy.deepcopy(_pristine), strict=True):
        dict.__setitem__(service[account], region, backend)


def _used() -> list[Place]:
    return [
        (service, account, region)
        for service in BackendDict._instances  # type: ignore[misc]
        for account, regions in service.items()
        for region in regions
    ]


def _condition(_: threading.Condition) -> tuple[Any, tuple[()]]:
    return threading.Condition, ()


def _parameters(found: ParameterDict) -> tuple[Any, ...]:
    return ParameterDict, (found.account_id, found.region_name), None, None, iter(found.items())


copyreg.pickle(threading.Condition, _condition)
copyreg.pickle(ParameterDict, _parameters)
