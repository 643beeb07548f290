"""The steps of an import: each makes a folder or a secret, by the services that people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.bulk.operation import Operation
from chalicelib.bulk.service.ports import Doing, Key
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.transfer import pack
from chalicelib.transfer.plan import Path, Step
from chalicelib.vault.change import Draft, Item
from chalicelib.vault.folder import NO_FOLDER, Folder
from chalicelib.vault.service import FolderService, SecretService
from chalicelib.vault.visit import Visit

from .ports import Imports, Write


@dataclass(frozen=True)
class StepDeeds:
    """_read: the steps of the part that was read last, by file and number"""

    store: Imports
    folders: FolderService
    secrets: SecretService
    _read: dict[tuple[str, int], list[Step]] = field(default_factory=dict, repr=False)

    def rows(self, id: int) -> Sequence[Key]:
        return ()

    def do(self, doing: Doing, id: int) -> None:
        """One change; none for a folder that is there by now."""
        step = self._step(doing, id)
        if step.fault:
            raise Invalid(step.fault)
        if step.is_folder:
            self._make_folder(doing.visit, step.folder)
        else:
            self._make_secret(doing.visit, step)

    def name(self, doing: Doing, id: int) -> str:
        return self._step(doing, id).label

    def at_end(self, over: Operation, now: datetime) -> Sequence[Write]:
        """The file goes, however the import ended."""
        self._read.clear()
        return self.store.removed(over.arguments["file"], len(over.arguments["starts"]))

    def _step(self, doing: Doing, id: int) -> Step:
        starts: list[int] = doing.arguments["starts"]
        place = id - 1
        number = pack.part_with(starts, place)
        key = (str(doing.arguments["file"]), number)
        if key not in self._read:
            raw = self.store.read(*key)
            if raw is None:
                raise NotFound("The file was not found: it was removed.")
            self._read.clear()
            self._read[key] = pack.steps_in(raw)
        return self._read[key][place - starts[number]]

    def _make_folder(self, visit: Visit, path: Path) -> None:
        if self._id_at(visit, path) is None:
            above = self._id_at(visit, path[:-1]) if path[:-1] else NO_FOLDER
            if above is None:
                raise NotFound("The folder above it was not found.")
            self.folders.create(visit, Folder(0, path[-1], above))

    def _make_secret(self, visit: Visit, step: Step) -> None:
        folder = self._id_at(visit, step.folder) if step.folder else NO_FOLDER
        if folder is None:
            raise NotFound("Its folder was not found.")
        items = tuple(Item(value, slug=slug) for slug, value in step.values)
        self.secrets.create(visit, Draft(step.name, step.template_id, folder, items=items))

    def _id_at(self, visit: Visit, path: Path) -> int | None:
        try:
            return self.folders.at(visit, "\\".join(path))
        except NotFound:
            return None
