"""CSV as Secret Server exports it: a section a template, each with a line of names. Pure.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it. The rows
of such a file say so: only in those an apostrophe is taken off again, and others are read as they
are, as no password may lose a character.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from itertools import groupby

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.transfer.record import Record, demand_few, folder_of

NAME, TEMPLATE, FOLDER, ESCAPED = "Secret Name", "Secret Template", "Folder Path", "Escaped"
YES = "Yes"
_NAMES = {"secret name": NAME, "secretname": NAME, "name": NAME, "title": NAME}
_TEMPLATES = {"secret template": TEMPLATE, "secrettemplate": TEMPLATE, "template": TEMPLATE}
_FOLDERS = {"folder path": FOLDER, "folderpath": FOLDER, "folder": FOLDER}
_KNOWN = {**_NAMES, **_TEMPLATES, **_FOLDERS, "escaped": ESCAPED}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "'"


def read(content: bytes, columns: Sequence[str] = ()) -> list[Record]:
    """The records. `columns`: of a file without lines of names. Raises Invalid, TooLarge."""
    found: list[Record] = []
    header = _header(columns) if columns else []
    try:
        for cells in csv.reader(io.StringIO(_text(content), newline=""), strict=True):
            if not any(map(str.strip, cells)):
                header = [] if not columns else header
            elif not header:
                header = _header(cells)
            else:
                found.append(_record(header, cells))
                demand_few(found)
    except csv.Error as error:
        raise Invalid(f"The file is not CSV: line {len(found) + 1} cannot be read.") from error
    if not found:
        raise Invalid("The file has no secrets: a line of names is followed by one for each.")
    return found


def written(records: Sequence[Record]) -> bytes:
    """The file that `read` reads: a section a template."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for number, (template, group) in enumerate(_by_template(records)):
        some = list(group)
        names = list(dict.fromkeys(name for one in some for name, _ in one.values))
        if number:
            writer.writerow([])
        writer.writerow([NAME, *map(escaped, names), FOLDER, TEMPLATE, ESCAPED])
        for one in some:
            values = {name: value.reveal() for name, value in one.values}
            cells = [one.name, *(values.get(name, "") for name in names), "\\".join(one.folder)]
            writer.writerow([*map(escaped, cells), escaped(template), YES])
    return out.getvalue().encode("utf-8-sig")


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return _MARK + cell if cell.startswith((*_FORMULA, _MARK)) else cell


def unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith(_MARK) else cell


def _by_template(records: Sequence[Record]) -> Iterator[tuple[str, Iterator[Record]]]:
    ordered = sorted(records, key=lambda one: one.template)
    return groupby(ordered, key=lambda one: one.template)


def _text(content: bytes) -> str:
    is_wide = content.startswith((BOM_UTF16_BE, BOM_UTF16_LE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Invalid("The file is not CSV: it is no text in UTF-8 or UTF-16.")
    return text


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    header = [_KNOWN.get(one.lower(), unescaped(one)) for one in names]
    if header.count(NAME) != 1:
        raise Invalid(f'The file is not such a CSV: no line of names has "{NAME}" once.')
    if len(set(header)) < len(header):
        raise Invalid("The file has a column twice.")
    return header


def _record(header: Sequence[str], cells: Sequence[str]) -> Record:
    known = dict(zip(header, cells, strict=False))
    if known.get(ESCAPED, "").strip().lower() == YES.lower():
        known = {name: unescaped(cell) for name, cell in known.items()}
    name = known.pop(NAME, "").strip()
    fault = ""
    if len(cells) > len(header):
        fault = f"It has {len(cells)} cells, and the line of names {len(header)}."
    template, folder = known.pop(TEMPLATE, "").strip(), known.pop(FOLDER, "")
    known.pop(ESCAPED, None)
    values = tuple((column, Plain(cell)) for column, cell in known.items() if cell)
    return Record(name, values, template, folder_of(folder), fault)
