"""Applies the journal to the saved state, so that nothing acknowledged is lost."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.localrun.exchange import App, ask
from infra.localrun.inside import scope_of, tables
from infra.localrun.journal import Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replay:
    app: App

    async def run(self, journal: Iterable[Entry]) -> int:
        """Apply again what the saved state may lack; the count of lines.

        A send that the saved queues hold already is left out. One of the last moment may have been
        received and deleted since: it comes twice, as SQS's messages may.
        """
        lines = list(journal)
        saved = max((entry.sends_saved for entry in lines), default=0)
        for place, entry in enumerate(lines):
            if entry.sends_saved or (entry.is_send and place < saved):
                continue
            if not await self._again(entry):
                log.error("line %d of the journal does not apply any more", place + 1)
        return len(lines)

    async def _again(self, entry: Entry) -> bool:
        """Every write was acknowledged once, so each must apply again; a queue may be gone."""
        if await self._apply(entry) or entry.is_send:
            return True
        await self._expire(entry.at)
        return await self._apply(entry)

    async def _apply(self, entry: Entry) -> bool:
        body = entry.body.encode("utf-8", "surrogateescape")
        return (await ask(self.app, scope_of(entry.headers), body)).status < 300

    async def _expire(self, at: float) -> None:
        """Rows past their time to live had been removed when the line was written: remove them."""
        call = tables(self.app).call
        for name in (await call("ListTables", {})).json().get("TableNames", []):
            answer = (await call("DescribeTimeToLive", {"TableName": name})).json()
            attribute = answer.get("TimeToLiveDescription", {}).get("AttributeName")
            if attribute:
                await self._expire_table(name, attribute, at)

    async def _expire_table(self, name: str, attribute: str, at: float) -> None:
        call = tables(self.app).call
        table = (await call("DescribeTable", {"TableName": name})).json()["Table"]
        keys = [key["AttributeName"] for key in table["KeySchema"]]
        scan: dict[str, Any] = {
            "TableName": name,
            "FilterExpression": "#ttl <= :at",
            "ExpressionAttributeNames": {"#ttl": attribute},
            "ExpressionAttributeValues": {":at": {"N": str(int(at))}},
        }
        while True:
            page = (await call("Scan", scan)).json()
            for item in page.get("Items", []):
                key = {part: item[part] for part in keys}
                await call("DeleteItem", {"TableName": name, "Key": key})
            if "LastEvaluatedKey" not in page:
                return
            scan["ExclusiveStartKey"] = page["LastEvaluatedKey"]
