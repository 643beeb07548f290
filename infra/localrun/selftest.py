"""Proves at each start that the emulator saves and loads, instead of trusting private names."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from infra.localrun.exchange import App
from infra.localrun.inside import keys, tables
from infra.localrun.ministack_edge import TABLES, EmulatorUnfitError, fires_by_itself

_TABLE = "local-run-self-test"
_KEY = {"pk": {"S": "mark"}}


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A random mark, written through the emulator: it must be saved, and be loaded again."""

    mark: str

    @staticmethod
    async def begin(app: App) -> "SelfTest":
        if fires_by_itself():
            raise EmulatorUnfitError("the emulator would fire schedules by itself, without times")
        test = SelfTest(secrets.token_hex(16))
        call = tables(app).call
        shape = {
            "TableName": _TABLE,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        await call("CreateTable", shape)
        item = {**_KEY, "mark": {"S": test.mark}}
        answer = await call("PutItem", {"TableName": _TABLE, "Item": item})
        if answer.status != 200:
            raise EmulatorUnfitError("the emulator does not take a write")
        await keys(app).call("ListKeys", {})
        return test

    def check_saved(self, folder: Path) -> None:
        if self.mark not in (folder / f"{TABLES}.json").read_text():
            raise EmulatorUnfitError(
                "the emulator's saved state lacks a write that it acknowledged"
            )

    async def check_loaded(self, app: App) -> None:
        answer = await tables(app).call("GetItem", {"TableName": _TABLE, "Key": _KEY})
        item = answer.json().get("Item", {}) if answer.status == 200 else {}
        if item.get("mark") != {"S": self.mark}:
            raise EmulatorUnfitError("the emulator did not load the state that it had saved")
