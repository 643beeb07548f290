"""In which orders secrets are found: by what an entry of the index tells, and by nothing else.

Another order would have the row of every secret read that there is: it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Paging, Sort, page
from chalicelib.vault.listing import Listed

from .asking import Match

BY_NAME = frozenset({"name", "secretname", "value"})
TOLD: Mapping[str, Callable[[Listed], object]] = {
    **dict.fromkeys(BY_NAME, lambda one: one.name),
    "id": lambda one: one.id,
    "folderid": lambda one: one.folder_id,
    "secrettemplateid": lambda one: one.template_id,
    "siteid": lambda one: one.site_id,
    "active": lambda one: one.is_active,
}
TEMPLATE, FOLDER = "secrettemplatename", "folderpath"


def demand_known(sort: Sequence[Sort]) -> None:
    """Raise Invalid for an order that would not be kept."""
    if not all(one.name.lower() in (*TOLD, TEMPLATE, FOLDER) for one in sort):
        raise Invalid(
            "sortBy: secrets are sorted by name, id, active, folderId, folderPath, siteId,"
            " secretTemplateId and secretTemplateName, and by nothing else."
        )


def is_by_name(sort: Sequence[Sort]) -> bool:
    """Whether the order is that of the index, or against it."""
    return not sort or (len(sort) == 1 and sort[0].name.lower() in BY_NAME)


def ordered(
    found: Sequence[Match],
    sort: Sequence[Sort],
    template: Callable[[int], str],
    folder: Callable[[int], str],
) -> list[Match]:
    """All that is found in an order of `demand_known`, and by name where that is the same.

    template, folder: the name of a template and the path of a folder, by their ids
    """
    read: Mapping[str, Callable[[Listed], object]] = {
        **TOLD,
        TEMPLATE: lambda one: template(one.template_id),
        FOLDER: lambda one: folder(one.folder_id),
    }

    def key(match: Match, name: str) -> object:
        return read[name.lower()](match.entry.listed)

    return list(page(found, Paging(0, len(found), tuple(sort)), key).records)
