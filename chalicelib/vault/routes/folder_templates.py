"""Which templates secrets may come into a folder with."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound, StillUsed
from chalicelib.vault.folder import Folder
from chalicelib.vault.grants import FolderDeed
from chalicelib.vault.service import FolderChange
from chalicelib.vault.templates import Template
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import DeletedModel

from . import folder_models as models
from .visiting import visit

SEES = "View Secret Templates"


@endpoint(
    "DELETE",
    "/api/v1/folders/{id}/templates/{templateId}",
    returns=DeletedModel,
    writes="vault",
    errors=[StillUsed],
)
def take_template(call: Call[None]) -> DeletedModel:
    """One template less. Not the last one: then any could come, which PATCH says with none."""
    asker, template = visit(call), call.id("templateId")
    known = wiring.folders().see(asker, call.id(), FolderDeed.OWN).folder.templates
    if template not in known:
        raise Invalid("The template is none of those that the folder names.")
    if known == {template}:
        raise StillUsed("It is the last one: set allowedTemplates, to others or to [] for any.")
    wiring.folders().change(asker, call.id(), FolderChange(templates=known - {template}))
    return DeletedModel(template, "FolderTemplate")


@endpoint("GET", "/api/v1/templates", returns=models.TemplateViewModel, permission=SEES)
def any_template(_call: Call[None]) -> models.TemplateViewModel:
    """The first template, by its name, that secrets can be made of."""
    return _first(taken())


@endpoint("GET", "/api/v1/templates/{folderId}", returns=models.TemplateViewModel, permission=SEES)
def template_of_folder(call: Call[None]) -> models.TemplateViewModel:
    """The same of those that secrets can be made of in a folder."""
    return _first(taken(wiring.folders().see(visit(call), call.id("folderId")).folder))


def _first(templates: Sequence[Template]) -> models.TemplateViewModel:
    if not templates:
        raise NotFound("No active template was found.")
    one = min(templates, key=lambda known: known.name.casefold())
    return models.TemplateViewModel(one.id, one.name)


def taken(folder: Folder | None = None) -> list[Template]:
    """The templates that secrets can be made of, in that folder."""
    known = wiring.templates().current().templates.values()
    return [one for one in known if one.is_active and (folder is None or folder.takes(one.id))]


def named(templates: Sequence[Template]) -> list[models.TemplateViewModel]:
    return [models.TemplateViewModel(one.id, one.name) for one in templates]
