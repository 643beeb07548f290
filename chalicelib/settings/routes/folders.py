"""Personal folders: whether there are any, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chalicelib import wiring
from chalicelib.settings.limits import LIMITS
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, always, patched, switch
from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/folders"


class FoldersModel(Struct):
    """Whoever may not view a folder never sees it, so `requireViewFolderPermission` is true."""

    enable_personal_folders: bool
    personal_folder_name: str
    personal_folder_name_option: str
    personal_folder_warning: str
    show_personal_folder_warning: bool
    require_view_folder_permission: bool = True


def _switch(name: str, setting: str) -> Field:
    return lambda value, _: {setting: switch(name, value)}


def _text(name: str, setting: str) -> Field:
    def change(value: object, _before: Settings) -> dict[str, object]:
        if not isinstance(value, str):
            raise replace(LIMITS[setting], name=name).refusal()
        return {setting: value}

    return change


FIELDS: Mapping[str, Field] = {
    "enablepersonalfolders": _switch("enablePersonalFolders", "personal_folders"),
    "personalfoldername": _text("personalFolderName", "personal_folder_root"),
    "personalfoldernameoption": _text("personalFolderNameOption", "personal_folder_names"),
    "personalfolderwarning": _text("personalFolderWarning", "personal_folder_warning"),
    "showpersonalfolderwarning": _switch("showPersonalFolderWarning", "personal_folder_warns"),
    "requireviewfolderpermission": always("requireViewFolderPermission", True),
}


def shown(settings: Settings) -> FoldersModel:
    return FoldersModel(
        settings.personal_folders,
        settings.personal_folder_root,
        settings.personal_folder_names,
        settings.personal_folder_warning,
        settings.personal_folder_warns,
    )


@endpoint("GET", PATH, returns=FoldersModel, permission=VIEW)
def read_folders(_call: Call[None]) -> FoldersModel:
    return shown(wiring.settings().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=FoldersModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_folders(call: Call[ConfigurationPatch]) -> FoldersModel:
    return shown(patched(call, FIELDS))
