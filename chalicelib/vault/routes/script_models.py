"""Scripts as clients send and see them; the older form names the same facts otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from chalicelib.vault.script import SSH, Script, demand_ssh
from chalicelib.web.shapes import Dirty, NotYet, PagedQuery, ReadOver, Struct, applied


class ScriptQuery(PagedQuery):
    script_category_id: int = 0
    script_type: str = ""
    search_text: str = ""
    status: str = ""

    def takes(self, one: Script) -> bool:
        """Whether it is asked for. status: Active, Inactive, or anything else for both."""
        wanted = self.status.strip().casefold()
        facts = (
            self.script_category_id in (0, one.category),
            self.script_type.strip().casefold() in ("", SSH.casefold()),
            self.search_text.strip().casefold() in one.name.casefold(),
            one.is_active or wanted != "active",
            not one.is_active or wanted != "inactive",
        )
        return all(facts)


class ScriptSshAdditionalDataModel(Struct):
    """How every script is run: its text on the standard input of a POSIX shell."""

    do_not_use_environment: bool = True
    line_ending: str = "NewLine"
    parameters: tuple[str, ...] = ()
    port: int | None = None


class ScriptAdditionalDataModel(Struct):
    ssh_settings: ScriptSshAdditionalDataModel = msgspec.field(
        default_factory=ScriptSshAdditionalDataModel
    )


class ScriptSummaryModel(Struct):
    """What the contract calls usageCount is not told: nobody counts the hooks of all secrets."""

    script_id: int
    name: str
    description: str
    is_active: bool
    script_category_id: int
    script_category_name: str = ""
    script_type: str = SSH


class ScriptModelV2(Struct):
    script_id: int
    name: str
    description: str
    is_active: bool
    script: str
    script_category_id: int
    concurrency_id: str
    script_category_name: str = ""
    script_type: str = SSH
    additional_data: ScriptAdditionalDataModel = msgspec.field(
        default_factory=ScriptAdditionalDataModel
    )


class ScriptSummary(Struct):
    script_id: int
    name: str
    description: str
    active: bool
    script_category_id: int
    concurrency_id: str
    script_category_name: str = ""
    script_type: str = SSH


class ScriptModel(Struct):
    script_id: int
    name: str
    description: str
    active: bool
    script: str
    script_category_id: int
    concurrency_id: str
    script_category_name: str = ""
    script_type: str = SSH


class ScriptCreateModel(Struct):
    name: str
    script: str
    script_type: str
    description: str = ""
    is_active: bool = True
    script_category_id: int = 0
    password_changer_id: NotYet | None = None

    @property
    def draft(self) -> Script:
        demand_ssh(self.script_type)
        category = max(self.script_category_id, 0)
        return Script(0, self.name, self.script, self.description, self.is_active, category)


class ScriptCreateArgsV2(Struct):
    data: ScriptCreateModel


class ScriptCreateArgs(Struct):
    """The older form of the same."""

    name: str
    script: str
    script_type: str
    active: bool = True
    description: str = ""
    script_category_id: int | None = None
    additional_data: ReadOver | None = None
    odbc_connection_string_args: NotYet | None = None
    script_category_name: ReadOver | None = None
    usage_count: ReadOver | None = None

    @property
    def draft(self) -> Script:
        demand_ssh(self.script_type)
        category = max(self.script_category_id or 0, 0)
        return Script(0, self.name, self.script, self.description, self.active, category)


class ScriptUpdateModel(Struct):
    description: Dirty[str] | None = None
    is_active: Dirty[bool] | None = None
    name: Dirty[str] | None = None
    script: Dirty[str] | None = None
    script_category_id: Dirty[int] | None = None

    def of(self, known: Script) -> Script:
        return replace(
            known,
            name=applied(self.name, known.name),
            text=applied(self.script, known.text),
            description=applied(self.description, known.description),
            is_active=applied(self.is_active, known.is_active),
            category=max(applied(self.script_category_id, known.category), 0),
        )


class ScriptUpdateArgs(Struct):
    data: ScriptUpdateModel


def _facts(one: Script) -> dict[str, Any]:
    return {
        "script_id": one.id,
        "name": one.name,
        "description": one.description,
        "script_category_id": one.category,
    }


def summary(one: Script) -> ScriptSummaryModel:
    return ScriptSummaryModel(**_facts(one), is_active=one.is_active)


def whole(one: Script) -> ScriptModelV2:
    facts, edition = _facts(one), str(one.version)
    return ScriptModelV2(**facts, is_active=one.is_active, script=one.text, concurrency_id=edition)


def summary_v1(one: Script) -> ScriptSummary:
    return ScriptSummary(**_facts(one), active=one.is_active, concurrency_id=str(one.version))


def whole_v1(one: Script) -> ScriptModel:
    facts, edition = _facts(one), str(one.version)
    return ScriptModel(**facts, active=one.is_active, script=one.text, concurrency_id=edition)
