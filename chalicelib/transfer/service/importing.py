"""Imports as people ask for them: tried out, or begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.access.principal import Principal
from chalicelib.bulk.action import IMPORT
from chalicelib.bulk.operation import LIFE
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid
from chalicelib.core.ids import Ids
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.transfer import pack, plan
from chalicelib.transfer.files import bitwarden_file, csv_file, kdbx_file, xml_file
from chalicelib.transfer.plan import Path, Step, Wishes
from chalicelib.transfer.record import Format, Record, demand_file
from chalicelib.vault import chunks
from chalicelib.vault.folder import split_path
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.ports import Secrets
from chalicelib.vault.service import Finder, FolderQuery, FolderService
from chalicelib.vault.service.templates import TemplateService
from chalicelib.vault.visit import Visit

from .ports import Bulk, Commit, Imports

ADVANCED = "Advanced Import"
EVERYTHING = Paging(take=2**31 - 1)


@dataclass(frozen=True, slots=True)
class File:
    """columns: of a CSV without a line of names; password and key_file: of a KeePass database"""

    format: Format
    content: bytes = field(repr=False)
    columns: Sequence[str] = ()
    password: Plain | None = None
    key_file: bytes = field(default=b"", repr=False)

    def records(self) -> list[Record]:
        """Raises Invalid when the file is not what it is said to be, TooLarge."""
        demand_file(self.content)
        match self.format:
            case Format.CSV:
                return csv_file.read(self.content, self.columns)
            case Format.XML:
                return xml_file.read(self.content)
            case Format.BITWARDEN:
                return bitwarden_file.read(self.content)
            case Format.KDBX:
                return kdbx_file.read(self.content, self.password, self.key_file)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, or is about to do as the operation of that id."""

    steps: Sequence[Step]
    operation: str = ""

    @property
    def secrets(self) -> list[Step]:
        return [one for one in self.steps if not one.is_folder]

    @property
    def faults(self) -> list[Step]:
        return [one for one in self.steps if one.fault]


@dataclass(frozen=True)
class ImportService:
    store: Imports
    folders: FolderService
    finder: Finder
    secrets: Secrets
    templates: TemplateService
    bulk: Bulk
    commit: Commit
    ids: Ids

    def verify(self, visit: Visit, file: File, wishes: Wishes, *, twice: bool = False) -> Preview:
        """What `begin` would do. Nothing is written, and the file is not kept.

        twice: whether a folder may have two secrets of a name
        """
        _demand_right(visit.who, file.format)
        known = self._known(visit)
        steps = plan.steps_of(file.records(), wishes, self.templates.current(), known)
        return Preview(steps if twice else self._without_twins(visit, steps, known))

    def begin(self, visit: Visit, file: File, wishes: Wishes, *, twice: bool = False) -> Preview:
        """Begin an import; each call begins another. What is at fault is told by its progress.

        What the file holds lies sealed, under a key of its own, until the import is over.
        """
        steps = self.verify(visit, file, wishes, twice=twice).steps
        id, key, until = self.ids(), chunks.fresh_key(), visit.now + LIFE
        parts = list(pack.parts_of(steps))
        told = f"{file.format}, {len(steps):,} folders and secrets"
        line = AuditRecord(
            visit.who.user_id, "IMPORT", "Import", id, visit.now, told, visit.who.address
        )
        self.commit([self.store.begun(id, key, until)], [line])
        for number, (_, raw) in enumerate(parts):
            self.commit([self.store.part(id, number, raw, until, key)])
        arguments = {"file": id, "starts": [start for start, _ in parts]}
        items = range(1, len(steps) + 1)
        return Preview(steps, self.bulk.ask(visit, IMPORT, arguments, items))

    def _known(self, visit: Visit) -> Mapping[Path, int]:
        """The folders that the visitor may see, by their paths. No call."""
        seen = self.folders.search(visit, FolderQuery(), EVERYTHING).records
        paths = ((one.tree.path(one.folder.id), one.folder.id) for one in seen)
        return {plan.folded(tuple(split_path(path))): id for path, id in paths}

    def _without_twins(
        self, visit: Visit, steps: Sequence[Step], known: Mapping[Path, int]
    ) -> list[Step]:
        """With a fault for each whose name the visitor may list in its folder already."""
        wanted: dict[Path, set[str]] = {}
        for one in steps:
            path = plan.folded(one.folder)
            if not one.is_folder and path in known:
                wanted.setdefault(path, set()).add(one.name.casefold())
        taken = {path: self._taken(visit, known[path], names) for path, names in wanted.items()}
        return plan.refused(steps, taken)

    def _taken(self, visit: Visit, folder_id: int, names: set[str]) -> frozenset[str]:
        listed = [one for one in self.secrets.in_folder(folder_id) if one.name in names]
        stored = self.secrets.fetch([one.id for one in listed if one.is_active])
        found = (self.finder.judged(visit, one) for one in stored.values())
        return frozenset(
            one.secret.name.casefold()
            for one in found
            if self.finder.verdict(visit, one, Deed.LIST) is Verdict.ALLOWED
        )


def _demand_right(who: Principal, format: Format) -> None:
    who.require(IMPORT.permission)
    if format is not Format.CSV:
        who.require(ADVANCED)


def format_named(name: str) -> Format:
    """Invalid for a format that is not read."""
    try:
        return Format(name.strip().lower())
    except ValueError:
        formats = ", ".join(Format)
        raise Invalid(f"format must be one of {formats}.") from None
