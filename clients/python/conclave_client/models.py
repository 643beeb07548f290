"""What the client answers with. Values of secrets are in no `repr`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session.

    refresh: what a new session is got with, once; "" where there is none
    """

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a search: no values."""

    id: int
    name: str
    folder: str
    template: str

    @staticmethod
    def of(row: Mapping[str, Any]) -> Found:
        return Found(
            id=row["id"],
            name=row["name"],
            folder=row.get("folderPath") or "",
            template=row.get("secretTemplateName") or "",
        )


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret with its values.

    fields: values by slug; file fields are not among them
    """

    id: int
    name: str
    folder_id: int
    template: str
    fields: Mapping[str, str] = field(repr=False)

    @staticmethod
    def of(row: Mapping[str, Any]) -> Secret:
        return Secret(
            id=row["id"],
            name=row["name"],
            folder_id=row.get("folderId") or -1,
            template=row.get("secretTemplateName") or "",
            fields={
                one["slug"]: one.get("itemValue") or ""
                for one in row.get("items") or ()
                if not one.get("isFile")
            },
        )
