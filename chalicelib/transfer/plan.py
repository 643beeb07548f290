"""From a file's records to secrets to be made: which template, which fields, which folder. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from chalicelib.core.errors import ConclaveError, Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.change import demand_required
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import MAX_DEPTH, MAX_NAME
from chalicelib.vault.secret import check_name
from chalicelib.vault.templates import Template, TemplateField

from .record import Record

Path = tuple[str, ...]


class Unmatched(StrEnum):
    """What becomes of a value whose name is no field's."""

    REFUSE = "refuse"
    NOTES = "notes"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an import is meant.

    template_id: of records that name none; 0 for none
    templates: by a template's name in the file: an id here
    columns:   by a value's name in the file: a slug or name here; "" leaves it out
    folders:   by a folder's path in the file: a path here; what is below moves with it
    into:      the path of a folder that all of them go into
    """

    template_id: int = 0
    templates: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[Path, Path] = field(default_factory=dict)
    into: Path = ()
    unmatched: Unmatched = Unmatched.REFUSE


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be made: a secret, or with `template_id` 0 the folder itself.

    place: of the record in the file, from 1; 0 for a folder
    fault: why it cannot be made
    """

    folder: Path
    place: int = 0
    name: str = ""
    template_id: int = 0
    values: tuple[tuple[str, Plain], ...] = field(default=(), repr=False)
    fault: str = ""

    @property
    def is_folder(self) -> bool:
        return self.place == 0

    @property
    def label(self) -> str:
        """What its asker knows it by."""
        if self.is_folder:
            return "\\" + "\\".join(self.folder)
        return f"{self.place}: {self.name or 'without a name'}"


def steps_of(
    records: Sequence[Record], wanted: Wishes, known: Definitions, has: Iterable[Path]
) -> list[Step]:
    """The folders that are not there (`has`, folded), parents first, then the secrets."""
    secrets = [_step(place, one, wanted, known) for place, one in enumerate(records, 1)]
    there = set(has)
    folders: dict[Path, Path] = {}
    for one in secrets:
        for depth in range(1, len(one.folder) + 1):
            path = one.folder[:depth]
            if not one.fault and folded(path) not in there:
                folders.setdefault(folded(path), path)
    ordered = sorted(folders.values(), key=len)
    return [*(Step(path) for path in ordered), *_named_once(secrets)]


def folded(path: Path) -> Path:
    return tuple(one.strip().casefold() for one in path)


def refused(steps: Sequence[Step], taken: Mapping[Path, frozenset[str]]) -> list[Step]:
    """The steps, but secrets with a fault whose name a folder (folded) has already."""
    return [
        replace(one, fault="A secret of that name is in the folder already.")
        if not one.fault and one.name.casefold() in taken.get(folded(one.folder), frozenset())
        else one
        for one in steps
    ]


def _named_once(secrets: Iterable[Step]) -> Iterator[Step]:
    met: set[tuple[Path, str]] = set()
    for one in secrets:
        key = (folded(one.folder), one.name.casefold())
        if key in met and not one.fault:
            yield replace(one, fault="The file has a secret of that name in that folder twice.")
        else:
            met.add(key)
            yield one


def _step(place: int, record: Record, wanted: Wishes, known: Definitions) -> Step:
    folder = _folder(record.folder, wanted)
    blank = Step(folder, place, record.name, fault=record.fault)
    if blank.fault:
        return blank
    try:
        _demand_folder(folder)
        kind = _template(record, wanted, known)
        name = check_name(record.name, kind)
        values = _values(record, kind, wanted)
        demand_required(kind, dict(values))
    except ConclaveError as error:
        return replace(blank, fault=str(error))
    return replace(blank, name=name, template_id=kind.id, values=values)


def _folder(given: Path, wanted: Wishes) -> Path:
    """The longest mapped beginning counts."""
    mapped = {folded(one): to for one, to in wanted.folders.items()}
    for depth in range(len(given), -1, -1):
        if folded(given[:depth]) in mapped:
            return (*wanted.into, *mapped[folded(given[:depth])], *given[depth:])
    return (*wanted.into, *given)


def _demand_folder(folder: Path) -> None:
    if len(folder) >= MAX_DEPTH or any(len(one.strip()) > MAX_NAME for one in folder):
        raise Invalid(f"Its folder is too deep, or a name in its path above {MAX_NAME} characters.")


def _template(record: Record, wanted: Wishes, known: Definitions) -> Template:
    name = record.template.strip().casefold()
    mapped = {one.strip().casefold(): id for one, id in wanted.templates.items()}
    if name in mapped:
        return known.template(mapped[name])
    found = [one for one in known.templates.values() if one.name.casefold() == name]
    for one in (one for one in found if one.is_active):
        return one
    if wanted.template_id and not name:
        return known.template(wanted.template_id)
    if name:
        raise Invalid("No active template has the name that the file gives: map it to one.")
    raise Invalid("The file names no template for it: say which (templateId).")


def _values(record: Record, kind: Template, wanted: Wishes) -> tuple[tuple[str, Plain], ...]:
    columns = {one.strip().casefold(): to for one, to in wanted.columns.items()}
    found: dict[str, Plain] = {}
    loose: list[tuple[str, Plain]] = []
    for name, value in record.values:
        meant = columns.get(name.strip().casefold(), name)
        one = _field(kind, meant)
        if not meant or not value:
            continue
        if one is None:
            loose.append((name, value))
        elif one.is_file:
            raise Invalid(f"{one.name} holds a file, which no import brings: leave it out.")
        elif one.slug in found:
            raise Invalid(f"{one.name} is given twice.")
        else:
            found[one.slug] = value
    return tuple(_with_loose(kind, found, loose, wanted.unmatched).items())


def _told(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}..."


def _field(kind: Template, name: str) -> TemplateField | None:
    wanted = name.strip().casefold()
    return next((one for one in kind.fields if wanted in (one.slug, one.name.casefold())), None)


def _with_loose(
    kind: Template, found: dict[str, Plain], loose: Sequence[tuple[str, Plain]], how: Unmatched
) -> dict[str, Plain]:
    if not loose or how is Unmatched.IGNORE:
        return found
    notes = _field(kind, "notes")
    if how is Unmatched.REFUSE or notes is None:
        raise Invalid(
            f"No field of the template {kind.name} is called {_told(loose[0][0])}:"
            " map the column, or say what becomes of such values (unmatched)."
        )
    lines = [found.get(notes.slug, Plain("")).reveal()]
    lines += [f"{name}: " + value.reveal() for name, value in loose]
    return {**found, notes.slug: Plain("\n".join(filter(None, lines)))}
