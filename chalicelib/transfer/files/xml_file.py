"""XML as Secret Server exports and imports it: `ImportFile`, with folders and secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.transfer.record import Record, demand_few, folder_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ROOT = "importfile"
_FORBIDDEN = dict.fromkeys(set(range(32)) - {9, 10, 13}, "\N{REPLACEMENT CHARACTER}")


def read(content: bytes) -> list[Record]:
    """The records. Raises Invalid, also for whatever defines entities; TooLarge."""
    root = parsed(content)
    if _tag(root) != ROOT:
        raise Invalid("The file is no such XML: its first element is not ImportFile.")
    found: list[Record] = []
    for secret in _all(root, "secret"):
        found.append(_record(secret))
        demand_few(found)
    if not found:
        raise Invalid("The file has no secrets: it has no element Secret.")
    return found


def parsed(content: bytes) -> Element:
    """The root of a document without DOCTYPE. Invalid for what is none."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Invalid("The file's XML has a DOCTYPE or entities, which are not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Invalid("The file is not XML.") from error
    return root


def written(records: Sequence[Record]) -> bytes:
    """The file that `read` reads."""
    from xml.etree.ElementTree import Element, SubElement, tostring

    root = Element("ImportFile")
    folders, secrets = SubElement(root, "Folders"), SubElement(root, "Secrets")
    for path in sorted({path for one in records for path in _and_above(one.folder)}):
        folder = SubElement(folders, "Folder")
        _text(folder, "FolderName", path[-1])
        _text(folder, "FolderPath", "\\".join(path))
    for one in records:
        secret = SubElement(secrets, "Secret")
        _text(secret, "SecretName", one.name)
        _text(secret, "SecretTemplateName", one.template)
        _text(secret, "FolderPath", "\\".join(one.folder))
        items = SubElement(secret, "SecretItems")
        for name, value in one.values:
            item = SubElement(items, "SecretItem")
            _text(item, "FieldName", name)
            _text(item, "Value", value.reveal())
    found: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return found.replace(b"\r", b"&#13;")  # which a reader else takes for a line feed


def _text(parent: Element, tag: str, text: str) -> None:
    from xml.etree.ElementTree import SubElement

    SubElement(parent, tag).text = text.translate(_FORBIDDEN)


def _and_above(folder: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (folder[:depth] for depth in range(1, len(folder) + 1))


def _record(secret: Element) -> Record:
    items = [item for group in _all(secret, "secretitems") for item in _all(group, "secretitem")]
    named = (
        (_said(item, "fieldname", "slug"), _said(item, "value", strip=False)) for item in items
    )
    return Record(
        _said(secret, "secretname", "name"),
        tuple((name, Plain(value)) for name, value in named if name and value),
        _said(secret, "secrettemplatename", "templatename"),
        folder_of(_said(secret, "folderpath")),
    )


def _all(parent: Element, tag: str) -> Iterator[Element]:
    """All below of that name; of secrets, also those directly under the root."""
    return (one for one in parent.iter() if one is not parent and _tag(one) == tag)


def _said(parent: Element, *tags: str, strip: bool = True) -> str:
    for one in parent:
        if _tag(one) in tags:
            text = one.text or ""
            return text.strip() if strip else text
    return ""


def _tag(one: Element) -> str:
    return str(one.tag).rpartition("}")[2].lower()
