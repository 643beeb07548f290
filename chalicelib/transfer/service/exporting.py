"""Exports as people ask for them: asked for, let by a second person, looked at, fetched once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.principal import Behalf, Principal, behalf_of
from chalicelib.bulk.action import EXPORT
from chalicelib.bulk.service import Begun, Progress
from chalicelib.bulk.service.ports import Door
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid, NotFound, TooLarge
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.transfer import export as rules
from chalicelib.transfer import pack
from chalicelib.transfer.export import Export, Scope, Stage
from chalicelib.transfer.files import archive, csv_file, xml_file
from chalicelib.transfer.record import Format, Record
from chalicelib.vault import attachment, chunks
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.ports import Secrets
from chalicelib.vault.service import Finder, FolderService
from chalicelib.vault.service.folders import EPOCH
from chalicelib.vault.visit import Visit

from .ports import Bulk, Commit, Exports

ADMINISTER, VIEW, DECIDES = "Administer Export", "View Export", "Administer Dual Control"
_ID = re.compile(r"[0-9a-f]{32}")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Details:
    """An export as somebody sees it; how far it is, for its asker."""

    export: Export
    progress: Progress | None = None


@dataclass(frozen=True)
class ExportService:
    """is_dual: whether it takes two persons"""

    store: Exports
    finder: Finder
    folders: FolderService
    secrets: Secrets
    bulk: Bulk
    door: Door
    commit: Commit
    ids: Ids
    is_dual: Callable[[], bool]

    def ask(self, visit: Visit, scope: Scope, note: str, password: Plain) -> Export:
        """Begin an export, or have it wait for a second person. Each call asks for another.

        Raises Invalid without a note, for a short password, and for nothing to export; TooLarge.
        """
        visit.who.require(ADMINISTER)
        visit.who.require_in_person()
        rules.demand_password(password)
        one = Export(
            self.ids(),
            behalf_of(visit.who),
            visit.now,
            rules.demand_note(note),
            scope,
            key=chunks.fresh_key(),
            password=password,
        )
        if self.is_dual():
            self.folders_seen(visit, scope)
            line = self.line(visit.who, "EXPORT ASKED FOR", one, visit.now, one.note)
            self.commit([self.store.put(one)], [line])
            return one
        begun = self._begun(visit, one)
        one = replace(one, stage=Stage.RUNNING, operation=begun.id)
        line = self.line(visit.who, "EXPORT", one, visit.now, one.note)
        self.commit([self.store.put(one), *begun.writes], [line, begun.line], [begun.event])
        return one

    def waiting(self, who: Principal, now: datetime) -> list[Export]:
        """Those that a second person may decide on."""
        who.require("View Dual Control", DECIDES)
        known = self.store.waiting()
        return [one for one in known if one.standing(now) == Stage.WAITING]

    def decide(self, visit: Visit, id: str, lets: bool, note: str) -> Export:
        """Let an export begin, in the name of its asker with his rights as of now; or deny it.

        Once. Conflict for who asked for it himself, AccessDenied when its asker has gone.
        """
        visit.who.require(DECIDES)
        visit.who.require_in_person()
        one = rules.decided(self._known(id), visit.who.user_id, visit.now)
        said = note and rules.demand_note(note)
        if not lets:
            one = replace(one, stage=Stage.DENIED)
            line = self.line(visit.who, "EXPORT DENIED", one, visit.now, said)
            self.commit([self.store.decided(one)], [line])
            return one
        begun = self._begun(self._as_asker(visit, one.asker), one)
        one = replace(one, stage=Stage.RUNNING, operation=begun.id)
        line = self.line(visit.who, "EXPORT APPROVED", one, visit.now, said)
        self.commit([self.store.decided(one), *begun.writes], [line, begun.line], [begun.event])
        return one

    def details(self, who: Principal, id: str) -> Details:
        """How it stands: with names of what was left out for its asker alone."""
        who.require(VIEW, ADMINISTER, DECIDES)
        one = self._known(id)
        is_asker = one.asker.user_id == who.user_id
        known = self.bulk.progress(who, one.operation) if is_asker and one.operation else None
        return Details(one, known)

    def fetch(self, who: Principal, id: str, now: datetime) -> tuple[str, bytes]:
        """The encrypted ZIP, once: its name and its bytes. The trail says so before it leaves.

        Raises NotFound, Conflict while it is not ready, TooLarge for one that no answer carries.
        """
        who.require(ADMINISTER)
        who.require_in_person()
        known = self.details(who, id)
        one = known.export
        if known.progress is None and one.operation:
            raise NotFound("The export was not found.")
        rules.demand_ready(one, now)
        records = [pack.record_in(raw) for raw in self.store.copies(one)]
        if known.progress is None or len(records) < known.progress.operation.done:
            raise NotFound("The export was not found: it took too long. Ask for another.")
        left_out = known.progress.errors
        name, zipped = archived(one, records, left_out, known.progress.operation.failed)
        line = self.line(who, "EXPORT FETCHED", one, now, f"{len(records):,} secrets")
        self.commit([self.store.fetched(one.id)], [line])
        return name, zipped

    def folders_seen(self, visit: Visit, scope: Scope) -> list[int]:
        """The folders of a scope; none stands for all. NotFound for one he may not see."""
        if not scope.folder_id:
            return []
        tree = self.folders.see(visit, scope.folder_id).tree
        below = tree.below(scope.folder_id) if scope.children else ()
        return [scope.folder_id, *(one.id for one in below)]

    def _begun(self, visit: Visit, one: Export) -> Begun:
        items = self.items(visit, one.scope)
        return self.bulk.begun(visit, one.asker, EXPORT, {"export": one.id}, items)

    def items(self, visit: Visit, scope: Scope) -> Sequence[int]:
        """The ids of what the asker may list there. A BatchGetItem for every fifty."""
        places = self.folders_seen(visit, scope)
        listed = [one for place in places for one in self.secrets.in_folder(place)]
        if not places:
            listed = self.secrets.everywhere()
        ids = [one.id for one in listed if one.is_active]
        if len(ids) > rules.MOST_LISTED:
            raise TooLarge("There are too many secrets for one export: export folder by folder.")
        found: list[int] = []
        for start in range(0, len(ids), _BATCH):
            found += self._listed(visit, ids[start : start + _BATCH])
            if len(found) > rules.MOST_SECRETS:
                raise TooLarge(f"At most {rules.MOST_SECRETS:,} secrets are exported at once.")
        if not found:
            raise Invalid("There is no secret to export.")
        return found

    def _listed(self, visit: Visit, ids: Sequence[int]) -> list[int]:
        judged = [self.finder.judged(visit, one) for one in self.secrets.fetch(ids).values()]
        return [
            one.secret.id
            for one in judged
            if self.finder.verdict(visit, one, Deed.LIST) is Verdict.ALLOWED
        ]

    def _as_asker(self, visit: Visit, asker: Behalf) -> Visit:
        """The same moment as its asker meets it."""
        present = self.door.on_behalf(asker, [], visit.now)
        present.principal.require(ADMINISTER)
        epoch = present.gate.gate.epoch(EPOCH)
        return replace(visit, who=present.principal, epoch=epoch, rows=present.rows)

    def _known(self, id: str) -> Export:
        found = self.store.find(id) if _ID.fullmatch(id) else None
        if found is None:
            raise NotFound("The export was not found.")
        return found

    def line(
        self, who: Principal, action: str, one: Export, now: datetime, detail: str
    ) -> AuditRecord:
        return AuditRecord(who.user_id, action, "Export", one.id, now, detail, who.address)


def archived(
    one: Export, records: list[Record], left_out: Sequence[tuple[str, str]], failed: int = 0
) -> tuple[str, bytes]:
    """The encrypted ZIP, with its name. TooLarge for one that no answer carries.

    failed: how many were left out, if more than are named
    """
    records.sort(key=lambda found: (found.folder, found.name))
    write = csv_file.written if one.scope.format is Format.CSV else xml_file.written
    lines = [f"Asked for at {one.asked_at:%Y-%m-%d %H:%M} UTC: {one.note}"]
    lines.append(f"{len(records)} secrets, {failed or len(left_out)} left out.")
    lines += [f"{name}: {why}" for name, why in left_out]
    inside = {f"secrets.{one.scope.format}": write(records), "summary.txt": _text(lines)}
    zipped = archive.zipped(inside, one.password)
    if len(zipped) > attachment.THROUGH_API:
        raise TooLarge("The export is larger than an answer carries: export folder by folder.")
    return f"export-{one.asked_at:%Y%m%d-%H%M%S}.zip", zipped


def _text(lines: Sequence[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")
