"""The Lambda functions of a node, run in its process: by name from the app, as Lambda would."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from infra.localrun.context import LambdaContext
from infra.localrun.ministack_edge import REGION

_APP = "conclave"


@dataclass(frozen=True, slots=True)
class Functions:
    """What `app.py` names, under the full names that Chalice gives them on AWS."""

    module: ModuleType
    node: str
    timeouts: Mapping[str, int]  # by short name

    @property
    def api_name(self) -> str:
        return f"{_APP}-{self.node}"

    def full_name(self, short: str) -> str:
        return f"{_APP}-{self.node}-{short}"

    @property
    def full_timeouts(self) -> dict[str, int]:
        timeouts = {self.full_name(short): limit for short, limit in self.timeouts.items()}
        return {self.api_name: 29, **timeouts}

    def invoke(self, full_name: str, event: Any) -> Any:
        """Raises whatever the function raises: who asked decides what that means."""
        short = full_name.removeprefix(f"{_APP}-{self.node}").removeprefix("-")
        handler = getattr(self.module, short) if short else self.module.app
        return handler(event, LambdaContext(full_name, self.full_timeouts[full_name]))


def named_in(module: ModuleType, node: str) -> Functions:
    """The functions that the app declares, with the time limits of the table where it has them."""
    limits = {one.name: int(one.timeout.total_seconds()) for one in _table()}
    return Functions(module, node, {name: limits.get(name, 60) for name in module.app.handler_map})


def _table() -> tuple[Any, ...]:
    from chalicelib.cluster.functions import FUNCTIONS

    return FUNCTIONS


def scheduled_event(rule: str) -> dict[str, Any]:
    """What EventBridge hands to a function of `@app.schedule`."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:000000000000:rule/{rule}"],
        "detail": {},
    }
