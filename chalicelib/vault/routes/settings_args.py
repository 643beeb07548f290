"""What clients send about what surrounds a secret's values."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.secret import Stored
from chalicelib.web.shapes import ApiDate, Dirty, Struct, applied

from .secret_args import FieldPatch


class GeneralPatch(Struct):
    """`SecretDetailGeneralUpdateModel`; the last three may only be what they are."""

    name: Dirty[str] | None = None
    folder: Dirty[int | None] | None = None
    site: Dirty[int | None] | None = None
    heartbeat_enabled: Dirty[bool] | None = None
    enable_inherit_secret_policy: Dirty[bool] | None = None
    secret_policy: Dirty[int | None] | None = None
    generate_ssh_keys: bool | None = None
    secret_fields: Sequence[FieldPatch] | None = None
    active: Dirty[bool] | None = None
    is_out_of_sync: Dirty[bool] | None = None
    template: Dirty[int | None] | None = None

    def demand_kept(self, known: Stored) -> None:
        """Raise Invalid for another value of what is changed elsewhere, or not by hand at all."""
        secret = known.secret
        if applied(self.active, secret.is_active) != secret.is_active:
            raise Invalid("active is not changed by this: DELETE deactivates a secret.")
        if applied(self.template, secret.template.id) != secret.template.id:
            raise Invalid("template is not changed by this.")
        if applied(self.is_out_of_sync, known.state.is_out_of_sync) != known.state.is_out_of_sync:
            raise Invalid("isOutOfSync is not changed by hand.")


class GeneralArgs(Struct):
    """doubleLockPassword is ours: with it values under a DoubleLock are changed too."""

    data: GeneralPatch
    double_lock_password: Plain | None = None


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


class PrivilegedArgs(Struct):
    """Ours: null or 0 detaches."""

    privileged_account_secret_id: int | None = None


class MachinesArgs(Struct):
    machines: Sequence[str]


class PinsArgs(Struct):
    pins: Sequence[str]
