"""Character sets: those that passwords are made of."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import Conflict, StillUsed, Unavailable
from chalicelib.core.paging import page
from chalicelib.vault.character_set import CharacterSet
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, applied, paged, paged_answer

from . import requirement_models as models
from .requirements import ADMINISTER, VIEW, set_summary
from .visiting import visit

PATH = "/api/v1/character-sets"
CHANGES = (Conflict, StillUsed, Unavailable)
STATUS = {"active": (True,), "inactive": (False,)}


@endpoint(
    "GET",
    PATH,
    query=models.CharacterSetQuery,
    returns=Paged[models.CharacterSetSummary],
    permission=VIEW,
)
def search_sets(call: Call[None]) -> Paged[models.CharacterSetSummary]:
    wanted = STATUS.get(call.query.status.strip().lower(), (True, False))
    known = wiring.character_sets().current().sets.values()
    found = [one for one in known if one.is_active in wanted]
    return paged_answer(page(found, paged(call.query)), set_summary)


@endpoint(
    "POST",
    PATH,
    body=models.CharacterSetCreateArgs,
    returns=models.CharacterSetSummary,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create_set(call: Call[models.CharacterSetCreateArgs]) -> models.CharacterSetSummary:
    data = call.body.data
    draft = CharacterSet(0, data.name, data.value, data.abbreviation, data.description)
    return set_summary(wiring.character_sets().create(visit(call), draft))


@endpoint("GET", f"{PATH}/{{id}}", returns=models.CharacterSetSummary, permission=VIEW)
def read_set(call: Call[None]) -> models.CharacterSetSummary:
    return set_summary(wiring.character_sets().current().character_set(call.id()))


@endpoint(
    "PATCH",
    f"{PATH}/{{id}}",
    body=models.CharacterSetPatchArgs,
    returns=models.CharacterSetSummary,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch_set(call: Call[models.CharacterSetPatchArgs]) -> models.CharacterSetSummary:
    data = call.body.data

    def change(one: CharacterSet) -> CharacterSet:
        return replace(
            one,
            name=applied(data.name, one.name),
            characters=applied(data.value, one.characters),
            abbreviation=_abbreviation(data, one),
            description=applied(data.description, one.description),
            is_active=applied(data.active, one.is_active),
        )

    return set_summary(wiring.character_sets().change(visit(call), call.id(), change))


def _abbreviation(data: models.CharacterSetPatch, one: CharacterSet) -> str:
    """As asked; one that only repeats the characters follows them."""
    follows = one.abbreviation == one.characters
    return applied(data.abbreviation, "" if follows else one.abbreviation)
