"""The copies of an export: one secret each, with its line of the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.bulk.operation import Operation
from chalicelib.bulk.operation import Stage as OperationStage
from chalicelib.bulk.service.ports import Doing, Key
from chalicelib.core.errors import NotFound
from chalicelib.transfer import pack
from chalicelib.transfer.export import Export, Scope, Stage
from chalicelib.transfer.record import Record, folder_of
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.service import At, Finder, Found, SecretService
from chalicelib.vault.visit import Visit

from .ports import Commit, Exports, Write


@dataclass(frozen=True)
class CopyDeeds:
    """_asked: the export that was gone on with last, by its id"""

    store: Exports
    finder: Finder
    secrets: SecretService
    commit: Commit
    _asked: dict[str, Export] = field(default_factory=dict, repr=False)

    def rows(self, id: int) -> Sequence[Key]:
        return self.secrets.rows(id)

    def do(self, doing: Doing, id: int) -> None:
        """AccessDenied for one that its restrictions keep from the asker now: it is left out."""
        one, visit = self._export(doing), doing.visit
        visit.who.require(doing.action.permission)
        found = self.finder.secret(visit, At(id), Deed.REVEAL)
        raw = pack.record_bytes(record_of(self.secrets, visit, found, one.scope))
        line = self.finder.line(visit, found, "EXPORT", f"export {one.id}")
        still = self.finder.still_admitted(visit, found)
        mail = self.finder.watching.viewed(visit, found.secret)
        writes = [self.store.copy(one, id, raw, visit.now), *still, *mail.writes]
        self.commit(writes, [line], mail.events)

    def name(self, doing: Doing, id: int) -> str:
        found = self.finder.look(doing.visit, At(id))
        listed = self.finder.verdict(doing.visit, found, Deed.LIST) is Verdict.ALLOWED
        return found.secret.name if listed else f"secret {id}"

    def at_end(self, over: Operation, now: datetime) -> Sequence[Write]:
        """It can be fetched from now on, if every secret had its turn."""
        self._asked.clear()
        stage = Stage.READY if over.stage is OperationStage.DONE else Stage.ENDED
        return [self.store.finished(over.arguments["export"], stage, now)]

    def _export(self, doing: Doing) -> Export:
        id = str(doing.arguments["export"])
        if id not in self._asked:
            found = self.store.find(id)
            if found is None or not found.key:
                raise NotFound("The export was not found.")
            self._asked.clear()
            self._asked[id] = found
        return self._asked[id]


def record_of(secrets: SecretService, visit: Visit, found: Found, scope: Scope) -> Record:
    """What the asker may see of a secret, but files."""
    kind, shown = found.secret.template, secrets.shown(visit, found).values
    values = tuple(
        (field.name, shown[field.slug])
        for field in kind.fields
        if not field.is_file and shown.get(field.slug)
    )
    path = found.tree.path(found.secret.folder_id) if scope.with_paths else ""
    return Record(found.secret.name, values, kind.name, folder_of(path))
