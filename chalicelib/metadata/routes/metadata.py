"""Metadata of secrets, folders, users and groups."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound, StillUsed, Unavailable
from chalicelib.core.paging import Paging, page
from chalicelib.metadata.field import MOST_FIELDS, Given, Item, Section, item_type_named, type_named
from chalicelib.metadata.service import ADMINISTER, Draft
from chalicelib.vault.routes.patching import dirty
from chalicelib.vault.routes.visiting import visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from .answers import field_summary, just_set, past, shape
from .models import (
    MetadataCreateArgs,
    MetadataCreateModel,
    MetadataDeleteResponse,
    MetadataFieldSectionSummaryModel,
    MetadataFieldSectionUpdateArgs,
    MetadataFieldSummaryModel,
    MetadataHistoryQuery,
    MetadataHistorySummaryModel,
    MetadataModel,
    MetadataQuery,
    MetadataUpdateArgs,
    SectionQuery,
    SectionsQuery,
)

METADATA, ITEM = "/api/v1/metadata", "/api/v1/metadata/{itemType}/{itemId}"
CHANGES = (Conflict, NotFound, StillUsed, Unavailable)
CHANGING = ("AddField", "EditItem", "DeleteItem")


@endpoint("GET", METADATA, query=MetadataQuery, returns=Paged[MetadataModel], errors=[NotFound])
def search(call: Call[None]) -> Paged[MetadataModel]:
    asked: MetadataQuery = call.query
    wanted = asked.meta_data_field_id
    every = wiring.metadata().of(visit(call), _asked_item(asked))
    found = page([one for one in every if wanted in (None, 0, one.field.id)], paged(asked))
    return paged_answer(found, shape(found.records))


@endpoint(
    "GET",
    f"{METADATA}/history",
    query=MetadataHistoryQuery,
    returns=Paged[MetadataHistorySummaryModel],
    errors=[NotFound],
)
def history(call: Call[None]) -> Paged[MetadataHistorySummaryModel]:
    asked: MetadataHistoryQuery = call.query
    every = wiring.metadata().history(visit(call), _asked_item(asked))
    wanted, since, until = asked.meta_data_field_id, asked.start_date, asked.end_date
    found = [
        (number, one)
        for number, one in every
        if wanted in (None, 0, one.field.id)
        if since is None or since <= one.entry.at
        if until is None or one.entry.at <= until
    ]
    shown = page(found, paged(asked))
    model = shape([one for _, one in shown.records])
    return paged_answer(shown, lambda one: past(one[0], model(one[1])))


def _asked_item(asked: MetadataQuery) -> Item:
    if asked.item_id is None or not asked.metadata_type:
        raise Invalid("filter.itemId and filter.metadataType say whose metadata: both are needed.")
    return Item(item_type_named(asked.metadata_type), asked.item_id)


@endpoint("GET", f"{METADATA}/fields", returns=Paged[MetadataFieldSummaryModel])
def fields(_call: Call[None]) -> Paged[MetadataFieldSummaryModel]:
    known = wiring.metadata().known()
    ordered = sorted(known.fields, key=lambda one: (one.name.casefold(), one.id))
    found = page(ordered, Paging(take=MOST_FIELDS))
    return paged_answer(found, lambda one: field_summary(one, known))


@endpoint(
    "GET",
    f"{METADATA}/field-sections",
    query=SectionsQuery,
    returns=Paged[MetadataFieldSectionSummaryModel],
    errors=[NotFound],
)
def sections(call: Call[None]) -> Paged[MetadataFieldSectionSummaryModel]:
    """With an item, also what the caller may do with its values in each of them."""
    asked: SectionsQuery = call.query
    may = _may_change(call, asked.metadata_type, asked.item_id)
    wanted = asked.metadata_section_filter_id
    known = wiring.metadata().known().sections
    ordered = sorted(known, key=lambda one: one.name.casefold())
    found = [one for one in ordered if wanted in (None, 0, one.id)]
    return paged_answer(page(found, paged(asked)), partial(_section, call, may))


@endpoint(
    "PATCH",
    f"{METADATA}/field-sections/{{fieldSectionId}}",
    query=SectionQuery,
    body=MetadataFieldSectionUpdateArgs,
    returns=MetadataFieldSectionSummaryModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def change_section(
    call: Call[MetadataFieldSectionUpdateArgs],
) -> MetadataFieldSectionSummaryModel:
    asked, data = call.query, call.body.data
    if dirty(data.metadata_field_section_requires_entity_edit) is False:
        raise Invalid("Values are changed by who may edit the item: requiresEntityEdit stays true.")
    may = _may_change(call, asked.item_type, asked.item_id)
    changed = wiring.metadata().change_section(
        visit(call),
        call.id("fieldSectionId"),
        dirty(data.metadata_field_section_name),
        dirty(data.metadata_field_section_description),
        dirty(data.metadata_field_section_requires_administer_metadata),
    )
    return _section(call, may, changed)


def _may_change(call: Call[Any], type: str, id: int | None) -> bool:
    """Whether the caller may change the metadata of the item that he names; none: he may not."""
    if id is None or not type:
        return False
    return wiring.metadata().may_change(visit(call), Item(item_type_named(type), id))


def _section(call: Call[Any], may: bool, one: Section) -> MetadataFieldSectionSummaryModel:
    administers = call.principal.may(ADMINISTER)
    actions = CHANGING if may and (administers or not one.administered) else ()
    return MetadataFieldSectionSummaryModel(
        actions, one.description, one.id, one.name, one.administered
    )


@endpoint(
    "POST",
    ITEM,
    body=MetadataCreateArgs,
    returns=MetadataModel,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[MetadataCreateArgs]) -> MetadataModel:
    made = wiring.metadata().add(visit(call), _item(call), _draft(call.body.data))
    return just_set(made)


@endpoint(
    "PATCH",
    ITEM,
    body=MetadataUpdateArgs,
    returns=MetadataModel,
    writes="vault",
    errors=CHANGES,
)
def update(call: Call[MetadataUpdateArgs]) -> MetadataModel:
    data = call.body.data
    given = Given(
        dirty(data.value_string),
        dirty(data.value_bit),
        dirty(data.value_number),
        dirty(data.value_date_time),
        dirty(data.value_int),
    )
    changed = wiring.metadata().change(
        visit(call),
        _item(call),
        data.metadata_item_data_id,
        None if given == Given() else given,
        dirty(data.contains_personal_information),
    )
    return just_set(changed)


@endpoint(
    "DELETE",
    f"{ITEM}/{{metadataItemDataId}}",
    returns=MetadataDeleteResponse,
    writes="vault",
    errors=CHANGES,
)
def delete(call: Call[None]) -> MetadataDeleteResponse:
    wiring.metadata().remove(visit(call), _item(call), call.id("metadataItemDataId"))
    return MetadataDeleteResponse(True)


def _item(call: Call[Any]) -> Item:
    return Item(item_type_named(call.path["itemType"]), call.id("itemId"))


def _draft(data: MetadataCreateModel) -> Draft:
    if data.metadata_field_section_requires_entity_edit is False:
        raise Invalid("Values are changed by who may edit the item: requiresEntityEdit stays true.")
    return Draft(
        Given(
            data.value_string,
            data.value_bit,
            data.value_number,
            data.value_date_time,
            data.value_int,
        ),
        data.metadata_field_id,
        data.metadata_field_name,
        type_named(data.field_data_type) if data.field_data_type else None,
        data.contains_personal_information,
        data.metadata_field_section_id,
        data.metadata_field_section_name,
        data.metadata_field_section_description,
        bool(data.metadata_field_section_requires_administer_metadata),
    )
