"""The search index as the configuration shows it: by words or parts, and indexed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.settings.limits import LIMITS, whole
from chalicelib.settings.routes.patching import (
    ConfigurationPatch,
    Field,
    always,
    number,
    patched,
)
from chalicelib.settings.settings import Settings
from chalicelib.vault.search_index import SearchIndex
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

PATH = "/api/v1/configuration/secret-search-indexer"
VIEW, ADMINISTER = "View Search Indexer", "Administer Search Indexer"
DAYS = whole("daysToKeepLogs", "days", LIMITS["days_to_keep_logs"].most)


class SearchIndexerModel(Struct):
    """What it logs are the runs of its job, under Diagnostics."""

    days_to_keep_logs: int
    indexing_separators: Sequence[str]
    index_mode: str
    index_percent_complete: int
    last_index_date: ApiDate | None
    status: str
    enabled: bool = True
    log_available: bool = False


def _separators(value: object, _before: Settings) -> dict[str, object]:
    """White space always parts words, and need not be among them."""
    if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
        raise LIMITS["search_separators"].refusal()
    if any(len(one) > 1 for one in value):
        raise LIMITS["search_separators"].refusal("each is one character")
    return {"search_separators": "".join(one for one in value if not one.isspace())}


def _mode(value: object, _before: Settings) -> dict[str, object]:
    if not isinstance(value, str):
        raise Invalid("indexMode is Standard or Extended.")
    return {"search_mode": value}


FIELDS: Mapping[str, Field] = {
    "daystokeeplogs": lambda value, _: {"days_to_keep_logs": number(DAYS, value)},
    "enabled": always("enabled", True),
    "indexingseparators": _separators,
    "indexmode": _mode,
}


@endpoint("GET", PATH, returns=SearchIndexerModel, permission=VIEW)
def read_indexer(_call: Call[None]) -> SearchIndexerModel:
    return _shown(wiring.settings().fresh(), wiring.search_rebuilding().status())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=SearchIndexerModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_indexer(call: Call[ConfigurationPatch]) -> SearchIndexerModel:
    """Another mode or other separators index everything anew, in the background."""
    after = patched(call, FIELDS)
    return _shown(after, wiring.search_rebuilding().follow(call.principal, call.now))


@endpoint("POST", f"{PATH}/rebuild-index", returns=bool, permission=ADMINISTER, writes="cluster")
def rebuild(call: Call[None]) -> bool:
    """Index everything anew, in the background; searches go on and miss nothing. Repeatable."""
    wiring.search_rebuilding().request(call.principal, call.now)
    return True


def _shown(settings: Settings, index: SearchIndex) -> SearchIndexerModel:
    return SearchIndexerModel(
        settings.days_to_keep_logs,
        list(settings.search_separators),
        settings.search_mode,
        index.percent,
        index.finished_at,
        "Indexing" if index.coming else "Idle",
    )
