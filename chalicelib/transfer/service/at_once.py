"""An export in one answer: for a few secrets, where one person may export by himself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.access.principal import behalf_of
from chalicelib.core.clock import Clock
from chalicelib.core.errors import AccessDenied, ConclaveError, Conflict, TooLarge, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.transfer import export as rules
from chalicelib.transfer.export import Export, Scope
from chalicelib.transfer.record import Record
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import At, Finder, SecretService
from chalicelib.vault.visit import Visit

from .copying import record_of
from .exporting import ADMINISTER, ExportService, archived
from .ports import Commit

INSTEAD = "Ask for an export that is made meanwhile: POST /api/v2/secrets/export/job."
LONGEST = timedelta(seconds=20)
"""API Gateway gives up after 29 s; the ZIP is still to be made."""

LeftOut = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ExportAtOnce:
    exports: ExportService
    finder: Finder
    secrets: SecretService
    commit: Commit
    clock: Clock

    def make(self, visit: Visit, scope: Scope, note: str, password: Plain) -> tuple[str, bytes]:
        """The encrypted ZIP: its name and its bytes. Each secret is on the trail before it leaves.

        Two calls a secret. Raises AccessDenied where it takes a second person, TooLarge for more
        than an answer carries, in time or in bytes: both name what to do instead.
        """
        visit.who.require(ADMINISTER)
        visit.who.require_in_person()
        rules.demand_password(password)
        said = rules.demand_note(note)
        one = Export(self.exports.ids(), behalf_of(visit.who), visit.now, said, scope)
        if self.exports.is_dual():
            why = "It takes a second person to let an export begin"
            self.commit([], [self.exports.line(visit.who, "REFUSED", one, visit.now, why)])
            denied = AccessDenied(f"Access denied: {why}. {INSTEAD}")
            denied.is_told = True
            raise denied
        items = self.exports.items(visit, scope)
        if len(items) > rules.MOST_AT_ONCE:
            raise TooLarge(f"At most {rules.MOST_AT_ONCE} secrets go into one answer. {INSTEAD}")
        self.commit([], [self.exports.line(visit.who, "EXPORT", one, visit.now, said)])
        records, left_out = self._records(visit, one, items)
        try:
            return archived(replace(one, password=password), records, left_out)
        except TooLarge as error:
            raise TooLarge(f"The file is larger than an answer carries. {INSTEAD}") from error

    def _records(
        self, visit: Visit, one: Export, items: Sequence[int]
    ) -> tuple[list[Record], LeftOut]:
        records: list[Record] = []
        left_out: list[tuple[str, str]] = []
        until = self.clock() + LONGEST
        for id in items:
            if self.clock() >= until:
                raise TooLarge(f"So many secrets take too long for one answer. {INSTEAD}")
            try:
                records.append(self._record(replace(visit, rows={}), one, id))
            except (Conflict, Unavailable):
                raise
            except ConclaveError as error:
                left_out.append((self._name(visit, id), str(error)))
                if isinstance(error, AccessDenied) and not error.is_told:
                    self.commit([], [visit.audit("REFUSED", "Secret", id, f"export: {error}")])
        return records, left_out

    def _record(self, visit: Visit, one: Export, id: int) -> Record:
        """AccessDenied for one that its restrictions keep from the asker now."""
        found = self.finder.secret(visit, At(id), Deed.REVEAL)
        record = record_of(self.secrets, visit, found, one.scope)
        line = self.finder.line(visit, found, "EXPORT", f"export {one.id}")
        mail = self.finder.watching.viewed(visit, found.secret)
        still = self.finder.still_admitted(visit, found)
        self.commit([*still, *mail.writes], [line], mail.events)
        return record

    def _name(self, visit: Visit, id: int) -> str:
        """He may list it: it would not be among the items."""
        return self.finder.look(replace(visit, rows={}), At(id)).secret.name
