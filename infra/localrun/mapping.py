"""Event source mappings as AWS shows them, kept in one small file of the state directory."""

import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.localrun.generations import write_whole

SETTLING = 0.3  # seconds that a mapping stays Creating, Enabling, Disabling, Updating or Deleting
_KEPT = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig")


class UnknownMappingError(Exception):
    """No mapping has this id."""


class MappingInUseError(Exception):
    """The mapping is still settling from an earlier call; try again."""


class MappingExistsError(Exception):
    """The function is already mapped to this queue."""


@dataclass(frozen=True, slots=True)
class Mapping:
    id: str
    queue_arn: str
    function_arn: str
    enabled: bool
    changed_at: float
    settling: str = ""  # the state shown until it has settled
    settings: dict[str, Any] = field(default_factory=dict)

    def state(self, now: float) -> str:
        if self.settling and now < self.changed_at + SETTLING:
            return self.settling
        return "Enabled" if self.enabled else "Disabled"

    def is_gone(self, now: float) -> bool:
        return self.settling == "Deleting" and now >= self.changed_at + SETTLING

    def updated(self, asked: dict[str, Any], now: float) -> "Mapping":
        enabled = asked.get("Enabled", self.enabled)
        settling = "Updating"
        if enabled is not self.enabled:
            settling = "Enabling" if enabled else "Disabling"
        settings = {**self.settings, **_settings(asked)}
        return replace(self, enabled=enabled, settling=settling, changed_at=now, settings=settings)

    def shown(self, now: float) -> dict[str, Any]:
        return {
            "UUID": self.id,
            "EventSourceArn": self.queue_arn,
            "FunctionArn": self.function_arn,
            "EventSourceMappingArn": _mapping_arn(self.function_arn, self.id),
            "LastModified": self.changed_at,
            "State": self.state(now),
            "StateTransitionReason": "USER_INITIATED",
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": [],
            **self.settings,
        }


class Mappings:
    """All mappings. Every change is on the disk before it is answered."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        rows = json.loads(path.read_text()) if path.exists() else []
        self._all = {row["id"]: Mapping(**row) for row in rows}

    def create(self, function_arn: str, asked: dict[str, Any]) -> Mapping:
        source = asked.get("EventSourceArn", "")
        if self.of(queue_arn=source, function_arn=function_arn):
            raise MappingExistsError
        made = Mapping(
            str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
            source,
            function_arn,
            asked.get("Enabled", True),
            self._now(),
            "Creating",
            _settings(asked),
        )
        return self._keep(made)

    def of(self, queue_arn: str = "", function_arn: str = "") -> list[Mapping]:
        now = self._now()
        return [
            mapping
            for mapping in self._all.values()
            if not mapping.is_gone(now)
            and queue_arn in ("", mapping.queue_arn)
            and function_arn in ("", mapping.function_arn)
        ]

    def get(self, mapping_id: str) -> Mapping:
        mapping = self._all.get(mapping_id)
        if mapping is None or mapping.is_gone(self._now()):
            raise UnknownMappingError
        return mapping

    def update(self, mapping_id: str, asked: dict[str, Any]) -> Mapping:
        return self._keep(self._settled(mapping_id).updated(asked, self._now()))

    def delete(self, mapping_id: str) -> Mapping:
        mapping = self._settled(mapping_id)
        gone = replace(mapping, settling="Deleting", enabled=False, changed_at=self._now())
        return self._keep(gone)

    def show(self, mapping: Mapping) -> dict[str, Any]:
        return mapping.shown(self._now())

    def _settled(self, mapping_id: str) -> Mapping:
        mapping = self.get(mapping_id)
        if mapping.state(self._now()) not in ("Enabled", "Disabled"):
            raise MappingInUseError
        return mapping

    def _keep(self, mapping: Mapping) -> Mapping:
        now = self._now()
        rest = {m.id: m for m in self._all.values() if not m.is_gone(now)}
        self._all = {**rest, mapping.id: mapping}
        write_whole(self._path, json.dumps([asdict(m) for m in self._all.values()], indent=1))
        return mapping


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in _KEPT if name in asked}


def _mapping_arn(function_arn: str, mapping_id: str) -> str:
    return function_arn.split(":function:", maxsplit=1)[0] + f":event-source-mapping:{mapping_id}"
