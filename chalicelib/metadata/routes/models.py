"""What requests and answers about metadata are made of."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from chalicelib.web.shapes import ApiDate, Dirty, PagedQuery, ReadOver, Struct


class MetadataQuery(PagedQuery):
    """`filter.itemId` and `filter.metadataType` say whose: both are needed."""

    item_id: int | None = None
    meta_data_field_id: int | None = None
    metadata_type: str = ""


class SectionsQuery(PagedQuery):
    item_id: int | None = None
    metadata_section_filter_id: int | None = None
    metadata_type: str = ""


class MetadataModel(Struct):
    """Also `MetadataSummaryModel` of the contract."""

    contains_personal_information: bool
    create_date_time: ApiDate
    create_user_id: int
    create_user_name: str
    item_id: int
    metadata_field_data_type: str
    metadata_field_id: int
    metadata_field_name: str
    metadata_field_section_id: int
    metadata_field_section_name: str
    metadata_field_type_name: str
    metadata_item_data_id: int
    metadata_type: str
    metadata_type_name: str
    metadata_field_type_id: int | UnsetType = UNSET  # of a value just set, and of no other
    value_string: str = ""
    value_user_display_name: str = ""
    sort_order: int | None = None
    value_bit: bool | None = None
    value_date_time: ApiDate | None = None
    value_int: int | None = None
    value_number: float | None = None


class MetadataHistoryQuery(MetadataQuery):
    """Values that were set between two moments; `filter.itemId` and `filter.metadataType` again."""

    start_date: ApiDate | None = None
    end_date: ApiDate | None = None
    is_exporting: ReadOver | None = None


class MetadataHistorySummaryModel(MetadataModel):
    """A value as it was set, by whom and when. `metadataItemDataHistoryId` is 0 for the present."""

    metadata_item_data_history_id: int = 0


class MetadataFieldSummaryModel(Struct):
    contains_personal_information: bool
    field_data_type: str
    metadata_field_id: int
    metadata_field_name: str
    metadata_field_section_id: int
    metadata_field_section_name: str
    default_sort_order: int | None = None


class MetadataFieldSectionSummaryModel(Struct):
    actions: Sequence[str]
    metadata_field_section_description: str
    metadata_field_section_id: int
    metadata_field_section_name: str
    requires_administer_metadata: bool
    requires_entity_edit: bool = True


class MetadataCreateModel(Struct):
    contains_personal_information: bool = False
    field_data_type: str | None = None
    metadata_field_id: int | None = None
    metadata_field_name: str = ""
    metadata_field_section_description: str = ""
    metadata_field_section_id: int | None = None
    metadata_field_section_name: str = ""
    metadata_field_section_requires_administer_metadata: bool | None = None
    metadata_field_section_requires_entity_edit: bool | None = None
    value_bit: bool | None = None
    value_date_time: ApiDate | None = None
    value_int: int | None = None
    value_number: float | None = None
    value_string: str | None = None


class MetadataCreateArgs(Struct):
    data: MetadataCreateModel


class MetadataUpdateModel(Struct):
    metadata_item_data_id: int
    contains_personal_information: Dirty[bool] | None = None
    value_bit: Dirty[bool | None] | None = None
    value_date_time: Dirty[ApiDate | None] | None = None
    value_int: Dirty[int | None] | None = None
    value_number: Dirty[float | None] | None = None
    value_string: Dirty[str | None] | None = None


class MetadataUpdateArgs(Struct):
    data: MetadataUpdateModel


class MetadataFieldSectionUpdateModel(Struct):
    """Values are changed by who may edit the item: the last one stays true."""

    metadata_field_section_name: Dirty[str] | None = None
    metadata_field_section_description: Dirty[str] | None = None
    metadata_field_section_requires_administer_metadata: Dirty[bool] | None = None
    metadata_field_section_requires_entity_edit: Dirty[bool] | None = None


class MetadataFieldSectionUpdateArgs(Struct):
    data: MetadataFieldSectionUpdateModel


class SectionQuery(Struct):
    """With an item, the answer says what the caller may do with its values in the section."""

    item_id: int | None = None
    item_type: str = ""


class MetadataDeleteResponse(Struct):
    success: bool
