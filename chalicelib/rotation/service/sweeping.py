"""End the items that nobody took or answered, so that their work goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.changers.work import WorkKind
from chalicelib.core.errors import Conflict
from chalicelib.core.tick import Tally
from chalicelib.rotation.item import Item
from chalicelib.vault.secret import Stored

from .conclusion import Conclusion
from .hook_items import HookItems
from .ports import LIMIT, Found, Ports, about


@dataclass(frozen=True, slots=True)
class Sweeping:
    ports: Ports
    conclusion: Conclusion

    def sweep(self, now: datetime, limit: int = LIMIT, after: str = "") -> Tally:
        """End each item whose time is over. May be repeated. Nothing over: one Query a shard."""
        hits = self.ports.store.silent(now, limit, after)
        if not hits:
            return Tally()
        found = self.ports.store.find([id for _, id in hits])
        silent = [one for one in found.items.values() if one.is_silent(now)]
        stored = self.ports.vault.fetch(sorted({one.secret_id for one in silent}))
        done = sum(self._end(one, found, stored.get(one.secret_id), now) for one in silent)
        cursor = hits[-1][0] if len(hits) >= limit else ""
        return Tally(len(hits), done, 0, cursor)

    def _end(self, item: Item, found: Found, stored: Stored | None, now: datetime) -> bool:
        if stored is not None and item.kind is WorkKind.HOOK:
            return HookItems(self.ports).silent(item, found, stored, now)
        if stored is None:
            writes = [self.ports.store.save_item(item.over(), found)]
        else:
            writes = self.conclusion.silent(item, found, stored, now)
        told = f"{item.holder} did not answer: {item.kind}"
        record = about("NO ANSWER", item.secret_id, now, told, cause=item.id)
        try:
            self.ports.commit(writes, [record] if item.holder else [])
        except Conflict:
            return False  # it was answered just now, or its secret was edited: the next sweep looks
        return True
