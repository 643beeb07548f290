"""Every setting by name, as the original's advanced configuration page has them."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import Page, page
from chalicelib.settings.advanced import ADVANCED, BY_ID, Advanced
from chalicelib.settings.settings import DEFAULTS, Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, ReadOver, Struct, paged, paged_answer

from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/advanced-config-settings"


class AdvancedQuery(PagedQuery):
    is_cloud: ReadOver | None = None
    search_text: str = ""


class AdvancedModel(Struct):
    advanced_setting_id: int
    setting_name: str
    value: str


class AdvancedSummary(Struct):
    """`description` and `defaultValue` are ours."""

    advanced_setting_id: int
    setting_name: str
    type_name: str
    value: str
    description: str
    default_value: str


class AdvancedArgs(Struct):
    advanced_setting_id: int
    value: str = ""


@endpoint("GET", PATH, query=AdvancedQuery, returns=Paged[AdvancedSummary], permission=VIEW)
def list_settings(call: Call[None]) -> Paged[AdvancedSummary]:
    found = [one for one in ADVANCED if call.query.search_text.lower() in one.name.lower()]
    settings = wiring.settings().fresh()
    asked: Page[Advanced] = page(found, paged(call.query))
    return paged_answer(asked, lambda one: _summary(one, settings))


@endpoint(
    "PUT",
    PATH,
    body=AdvancedArgs,
    returns=AdvancedModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound],
)
def change_setting(call: Call[AdvancedArgs]) -> AdvancedModel:
    known = BY_ID.get(call.body.advanced_setting_id)
    if known is None:
        raise NotFound("The setting was not found.")
    who = call.principal
    changes = {known.setting: known.read(call.body.value)}
    settings = wiring.settings().change(who.user_id, changes, call.address)
    return AdvancedModel(known.id, known.name, known.show(settings))


def _summary(one: Advanced, settings: Settings) -> AdvancedSummary:
    return AdvancedSummary(
        one.id, one.name, one.type_name, one.show(settings), one.sentence, one.show(DEFAULTS)
    )
