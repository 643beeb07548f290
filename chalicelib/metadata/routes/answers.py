"""Metadata as it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import structs

from chalicelib import wiring
from chalicelib.metadata.field import DataType, Field, Known
from chalicelib.metadata.service import Shown

from .models import MetadataFieldSummaryModel, MetadataHistorySummaryModel, MetadataModel

TYPES = tuple(DataType)


def shape(some: Sequence[Shown]) -> Callable[[Shown], MetadataModel]:
    """How those are answered, with the names of their people. One read for all of them."""
    ids = {one.entry.by for one in some} | {
        int(one.entry.value)  # type: ignore[arg-type]
        for one in some
        if one.field.type is DataType.USER
    }
    people = wiring.users().named(sorted(ids)) if ids else {}
    names = {id: one.display_name for id, one in people.items()}
    return lambda one: _model(one, names)


def just_set(one: Shown) -> MetadataModel:
    """A value as whoever set it is answered."""
    return structs.replace(
        shape([one])(one), metadata_field_type_id=TYPES.index(one.field.type) + 1
    )


def past(number: int, model: MetadataModel) -> MetadataHistorySummaryModel:
    """The same as a line of the history. number: of the row of a value that was"""
    return MetadataHistorySummaryModel(
        **structs.asdict(model), metadata_item_data_history_id=number
    )


def _model(one: Shown, names: dict[int, str]) -> MetadataModel:
    entry, field, value = one.entry, one.field, one.entry.value
    model = MetadataModel(
        contains_personal_information=field.personal,
        create_date_time=entry.at,
        create_user_id=entry.by,
        create_user_name=names.get(entry.by, ""),
        item_id=entry.item.id,
        metadata_field_data_type=field.type.value,
        metadata_field_id=field.id,
        metadata_field_name=field.name,
        metadata_field_section_id=one.section.id,
        metadata_field_section_name=one.section.name,
        metadata_field_type_name=field.type.value,
        metadata_item_data_id=entry.id,
        metadata_type=entry.item.type.value,
        metadata_type_name=entry.item.type.value,
    )
    match field.type:
        case DataType.STRING:
            model.value_string = str(value)
        case DataType.BOOLEAN:
            model.value_bit = bool(value)
        case DataType.NUMBER:
            model.value_number = float(value)  # type: ignore[arg-type]
        case DataType.DATE_TIME:
            model.value_date_time = value if isinstance(value, datetime) else None
        case DataType.USER:
            model.value_int = int(value)  # type: ignore[arg-type]
            model.value_user_display_name = names.get(int(value), "")  # type: ignore[arg-type]
    return model


def field_summary(one: Field, known: Known) -> MetadataFieldSummaryModel:
    section = known.section(one.section_id)
    return MetadataFieldSummaryModel(
        one.personal, one.type.value, one.id, one.name, section.id, section.name
    )
