"""What clients send about secrets, and what of the vault's own it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET, UnsetType

from chalicelib.core.plain import Plain
from chalicelib.vault.attachment import PLACEHOLDER
from chalicelib.vault.change import Change, Draft, Item
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.comment import Comment, said
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.secret import Secret, Switches
from chalicelib.vault.ssh_key import Algorithm, KeyWish
from chalicelib.vault.state import LOCAL_SITE
from chalicelib.web.shapes import NotYet, ReadOver, Struct, Upload

from .template_args import one_of


class Commented(Struct, kw_only=True):
    """Why somebody does it, and for which ticket; it goes onto the trail."""

    comment: str | None = None
    ticket_number: str | None = None
    ticket_system_id: int | None = None

    def said(self, otherwise: str = "") -> Comment:
        """The comment that came; that of the query where the body has none."""
        return said(self.comment or otherwise, self.ticket_number or "", self.ticket_system_id or 0)


class ItemArg(Struct):
    """`generate` is ours: a password is made for the field."""

    item_id: int | None = None
    field_id: int | None = None
    field_name: str | None = None
    slug: str | None = None
    item_value: Plain | None = None
    generate: bool = False
    filename: str | None = None
    field_description: ReadOver | None = None
    file_attachment_id: ReadOver | None = None
    is_file: ReadOver | None = None
    is_list: ReadOver | None = None
    is_notes: ReadOver | None = None
    is_password: ReadOver | None = None
    list_type: ReadOver | None = None

    def item(self) -> Item:
        kept = self.item_value is None or self.item_value.same(Plain(PLACEHOLDER))
        return Item(
            value=None if kept else self.item_value,
            item_id=self.item_id or 0,
            field_id=self.field_id or 0,
            slug=self.slug or self.field_name or "",
            generate=self.generate,
            filename=self.filename or "",
        )


class SshKeyArgs(Struct):
    """What is to be made. `algorithm` is ours: ed25519, or rsa."""

    generate_passphrase: bool = False
    generate_ssh_keys: bool = False
    algorithm: str = Algorithm.ED25519

    def wish(self) -> KeyWish:
        known = one_of(Algorithm, "algorithm", self.algorithm)
        return KeyWish(self.generate_ssh_keys, self.generate_passphrase, known)


class SwitchArgs(Commented, kw_only=True):
    """Settings that come with making and updating alike; one that is absent stays as it is.

    A guard that is shown and does nothing is worse than none: those of later releases are refused.
    """

    auto_change_enabled: bool | None = None
    enable_inherit_secret_policy: bool | None = None
    check_out_enabled: bool | None = None
    check_out_change_password_enabled: bool | None = None
    check_out_interval_minutes: int | None | UnsetType = UNSET
    launcher_connect_as_secret_id: NotYet | None = None
    password_type_web_script_id: NotYet | None = None
    proxy_enabled: NotYet | None = None
    requires_comment: bool | None = None
    session_recording_enabled: NotYet | None = None
    secret_policy_id: int | None = None
    ssh_key_args: SshKeyArgs | None = None
    web_launcher_requires_incognito_mode: NotYet | None = None

    def keys(self) -> KeyWish:
        return self.ssh_key_args.wish() if self.ssh_key_args else KeyWish()

    def on(self, known: Switches) -> Switches:
        """The settings with those that came."""
        return replace(
            known,
            auto_change=_or(self.auto_change_enabled, known.auto_change),
            inherits_policy=inherits(
                self.enable_inherit_secret_policy, self.secret_policy_id, known.inherits_policy
            ),
        )

    def policy(self) -> int | None:
        """The policy that came; 0 for none, None where nothing was said."""
        return None if self.secret_policy_id is None else max(self.secret_policy_id, 0)

    def terms(self, known: CheckoutTerms) -> CheckoutTerms:
        """What of checkout came, on what there is."""
        minutes = self.check_out_interval_minutes
        return CheckoutTerms(
            _or(self.check_out_enabled, known.required),
            known.minutes if minutes is UNSET else interval_minutes(minutes),
            _or(self.check_out_change_password_enabled, known.changes_password),
        )


def interval_minutes(given: int | None) -> int | None:
    """How long a checkout lasts; null, or what is not above 0, leaves it to the setting."""
    return given if given and given > 0 else None


def inherits(given: bool | None, policy: int | None, known: bool) -> bool:
    """Whether the secret inherits its policy: a policy that came is its own, if nothing is said."""
    return known and not (policy and policy > 0) if given is None else given


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
    change_password_now: NotYet | None = None
    delay_indexing: ReadOver | None = None
    reset_secret_ids: NotYet | None = None

    def draft(self) -> Draft:
        return Draft(
            name=self.name,
            template_id=self.secret_template_id,
            folder_id=self.folder_id if self.folder_id and self.folder_id > 0 else NO_FOLDER,
            site_id=self.site_id if self.site_id and self.site_id > 0 else LOCAL_SITE,
            items=tuple(one.item() for one in self.items),
            inherits=self.enable_inherit_permissions is not False,
            switches=self.on(Switches()),
            checkout=self.terms(CheckoutTerms()),
            requires_comment=bool(self.requires_comment),
            privileged_id=max(self.privileged_account_secret_id or 0, 0),
            policy_id=self.policy() or 0,
            keys=self.keys(),
        )


class SecretUpdateArgs(SwitchArgs, kw_only=True):
    """`active` is not changed: DELETE and activate own that state. No change checks out."""

    name: str
    items: Sequence[ItemArg] = ()
    id: int | None = None
    folder_id: int | None = None
    site_id: int | None = None
    active: ReadOver | None = None
    enable_inherit_permissions: bool | None = None
    double_lock_password: Plain | None = None
    include_inactive: bool = False
    access_request_workflow_map_id: NotYet | None = None
    auto_change_next_password: NotYet | None = None
    force_check_in: NotYet | None = None
    new_password: NotYet | None = None
    no_auto_checkout: ReadOver | None = None
    prevent_further_retries_after_max_attempts: NotYet | None = None

    def change(self, known: Secret) -> Change:
        site = self.site_id
        return Change(
            name=self.name,
            folder_id=self.folder_id,
            site_id=site if site and site > 0 else None,
            items=tuple(one.item() for one in self.items),
            inherits=self.enable_inherit_permissions,
            switches=self.on(known.switches),
            checkout=self.terms(known.checkout),
            requires_comment=self.requires_comment,
            policy_id=self.policy(),
        )


class FieldArgs(Commented, kw_only=True):
    """`SecretItemUpdateArgs`: a text, or a file. No change checks out."""

    value: Plain | None = None
    double_lock_password: Plain | None = None
    file_name: str = ""
    file: Upload | None = None
    file_attachment: Upload | None = None
    include_inactive: bool = False
    force_check_in: NotYet | None = None
    new_password: NotYet | None = None
    no_auto_checkout: ReadOver | None = None
    prevent_further_retries_after_max_attempts: NotYet | None = None


class FileArgs(Struct):
    """Ours: a large file that is to be sent; size in bytes, before it is sealed."""

    file_name: str
    size: int


class UploadArgs(Struct):
    upload_id: str


class FieldPatch(Struct):
    """`UpdateTemplateFieldOfString`; it counts only when it is dirty."""

    slug: str
    dirty: bool = False
    value: Plain | None = None

    def item(self) -> Item:
        return Item(self.value or Plain(""), slug=self.slug, removes=True)


class RestrictedArgs(Commented, kw_only=True):
    """`SecretRestrictedArgs`."""

    double_lock_password: Plain | None = None
    force_check_in: bool = False
    include_inactive: bool = False
    no_auto_checkout: bool = False
    new_password: NotYet | None = None
    prevent_further_retries_after_max_attempts: NotYet | None = None
