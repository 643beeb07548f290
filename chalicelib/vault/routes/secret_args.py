"""What clients send about secrets, and what of the vault's own it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.change import Change, Draft, Item
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.secret import Switches
from chalicelib.vault.state import LOCAL_SITE
from chalicelib.web.shapes import ApiDate, Dirty, Struct, Upload

FILE_PLACEHOLDER = "*** Not Valid For Display ***"


class ItemArg(Struct):
    """`generate` is ours: a password is made for the field."""

    item_id: int | None = None
    field_id: int | None = None
    field_name: str | None = None
    slug: str | None = None
    item_value: Plain | None = None
    generate: bool = False

    def item(self) -> Item:
        kept = self.item_value is None or self.item_value.same(Plain(FILE_PLACEHOLDER))
        return Item(
            value=None if kept else self.item_value,
            item_id=self.item_id or 0,
            field_id=self.field_id or 0,
            slug=self.slug or self.field_name or "",
            generate=self.generate,
        )


NOT_YET = {
    "check_out_enabled": "checkOutEnabled",
    "check_out_change_password_enabled": "checkOutChangePasswordEnabled",
    "proxy_enabled": "proxyEnabled",
    "requires_comment": "requiresComment",
    "session_recording_enabled": "sessionRecordingEnabled",
}
"""Guards of later releases: one that is shown and does nothing is worse than none."""


class SwitchArgs(Struct, kw_only=True):
    """Settings that come with making and updating alike; one that is absent stays as it is."""

    auto_change_enabled: bool | None = None
    enable_inherit_secret_policy: bool | None = None
    check_out_enabled: bool | None = None
    check_out_change_password_enabled: bool | None = None
    proxy_enabled: bool | None = None
    requires_comment: bool | None = None
    session_recording_enabled: bool | None = None

    def on(self, known: Switches) -> Switches:
        """The settings with those that came. Invalid for a guard that would do nothing."""
        for attribute, name in NOT_YET.items():
            if getattr(self, attribute):
                raise Invalid(f"{name} is not available in this release.")
        return replace(
            known,
            auto_change=_or(self.auto_change_enabled, known.auto_change),
            inherits_policy=_or(self.enable_inherit_secret_policy, known.inherits_policy),
        )


def _or(given: bool | None, known: bool) -> bool:
    return known if given is None else given


class SecretCreateArgs(SwitchArgs, kw_only=True):
    name: str
    secret_template_id: int
    items: Sequence[ItemArg] = ()
    folder_id: int | None = None
    site_id: int | None = None
    enable_inherit_permissions: bool | None = None
    privileged_account_secret_id: int | None = None

    def draft(self) -> Draft:
        return Draft(
            name=self.name,
            template_id=self.secret_template_id,
            folder_id=self.folder_id if self.folder_id and self.folder_id > 0 else NO_FOLDER,
            site_id=self.site_id if self.site_id and self.site_id > 0 else LOCAL_SITE,
            items=tuple(one.item() for one in self.items),
            inherits=self.enable_inherit_permissions is not False,
            switches=self.on(Switches()),
            privileged_id=max(self.privileged_account_secret_id or 0, 0),
        )


class SecretUpdateArgs(SwitchArgs, kw_only=True):
    """`active` is not among them: DELETE and activate own that state."""

    name: str
    items: Sequence[ItemArg] = ()
    id: int | None = None
    folder_id: int | None = None
    site_id: int | None = None
    enable_inherit_permissions: bool | None = None

    def change(self, known: Switches) -> Change:
        site = self.site_id
        return Change(
            name=self.name,
            folder_id=self.folder_id,
            site_id=site if site and site > 0 else None,
            items=tuple(one.item() for one in self.items),
            inherits=self.enable_inherit_permissions,
            switches=self.on(known),
        )


class FieldArgs(Struct):
    """`SecretItemUpdateArgs`: a text, or a file."""

    value: Plain | None = None
    file_name: str = ""
    file: Upload | None = None
    file_attachment: Upload | None = None


class FieldPatch(Struct):
    """`UpdateTemplateFieldOfString`; it counts only when it is dirty."""

    slug: str
    dirty: bool = False
    value: Plain | None = None

    def item(self) -> Item:
        return Item(self.value or Plain(""), slug=self.slug)


class GeneralPatch(Struct):
    """`SecretDetailGeneralUpdateModel`."""

    name: Dirty[str] | None = None
    folder: Dirty[int | None] | None = None
    site: Dirty[int | None] | None = None
    heartbeat_enabled: Dirty[bool] | None = None
    enable_inherit_secret_policy: Dirty[bool] | None = None
    secret_fields: Sequence[FieldPatch] | None = None


class GeneralArgs(Struct):
    data: GeneralPatch


class ExpirationPatch(Struct):
    expiration_type: Dirty[str] | None = None
    expiration_day_interval: Dirty[int | None] | None = None
    expiration_date: Dirty[ApiDate | None] | None = None


class ExpirationArgs(Struct):
    data: ExpirationPatch


class SharePatch(Struct):
    inherit_permissions: Dirty[bool] | None = None


class ShareArgs(Struct):
    data: SharePatch


class RestrictedArgs(Struct):
    """`SecretRestrictedArgs`: comments and locks come with a later release."""

    comment: str | None = None
    include_inactive: bool = False


class PrivilegedArgs(Struct):
    """Ours: null or 0 detaches."""

    privileged_account_secret_id: int | None = None


class MachinesArgs(Struct):
    machines: Sequence[str]


class PinsArgs(Struct):
    pins: Sequence[str]
