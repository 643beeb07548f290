"""Key management: the KMS key, the data keys, and the operator's escrow key."""

from __future__ import annotations

import base64
import binascii

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.keys.service import Shown
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .permissions import ADMINISTER, VIEW

MANAGEMENT = "/api/v1/key-management"
AWS_KMS = 1


class DataKeyModel(Struct):
    """One data key; only its number and age are told."""

    id: int
    made_at: ApiDate
    is_primary: bool
    is_escrowed: bool


class EscrowModel(Struct):
    """To whose public key data keys are boxed; `isPending` until the rotation function has."""

    public_key: str = ""
    fingerprint: str = ""
    set_at: ApiDate | None = None
    is_pending: bool = False


class KeyManagementConfigModel(Struct):
    """The cluster's KMS key and data keys. There are no access keys: functions have roles."""

    aws_kms_key_arn: str
    aws_kms_key_id: str
    data_keys: list[DataKeyModel]
    escrow: EscrowModel
    fingerprint: str
    aws_kms_access_key_id: str = ""
    aws_kms_secret_access_key: str = ""
    aws_kms_next_key_arn: str = ""
    key_management_config_id: int = 1
    key_management_type_id: int = AWS_KMS
    key_management_type_name: str = "AWS KMS"


class KeyManagementConfigUpdateArgs(Struct):
    """`escrowPublicKey` is ours: base64 of 32 bytes, "" for no escrow; left out, it stays.

    The rest can only be what it is: the KMS key is replaced by the operator, with `make rekey`.
    """

    aws_kms_access_key_id: str | None = None
    aws_kms_key_arn: str | None = None
    aws_kms_key_id: str | None = None
    aws_kms_secret_access_key: str | None = None
    azure_key_vault_base_url: str | None = None
    azure_key_vault_key_name: str | None = None
    azure_key_vault_key_version: str | None = None
    azure_key_vault_principal_id: str | None = None
    azure_key_vault_principal_secret: str | None = None
    key_management_type_id: int | None = None
    escrow_public_key: str | None = None


@endpoint("GET", MANAGEMENT, returns=KeyManagementConfigModel, permission=VIEW)
def read_management(_call: Call[None]) -> KeyManagementConfigModel:
    return _management(wiring.keys().shown())


@endpoint(
    "PUT",
    MANAGEMENT,
    body=KeyManagementConfigUpdateArgs,
    returns=KeyManagementConfigModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[Invalid, Conflict],
)
def change_management(call: Call[KeyManagementConfigUpdateArgs]) -> KeyManagementConfigModel:
    service = wiring.keys()
    shown = service.shown()
    _refuse_fixed(call.body, _management(shown))
    key = call.body.escrow_public_key
    if key is not None:
        shown = service.escrow(call.principal, _decoded(key), call.now)
    return _management(shown)


def _management(shown: Shown) -> KeyManagementConfigModel:
    seen = shown.seen
    public = shown.wishes.escrow if shown.wishes.version else seen.escrow
    return KeyManagementConfigModel(
        aws_kms_key_arn=seen.key_arn,
        aws_kms_key_id=seen.key_arn.rpartition("/")[2],
        data_keys=[
            DataKeyModel(one.id, one.made_at, one.id == seen.primary, one.escrowed)
            for one in seen.keys
        ],
        escrow=EscrowModel(
            public_key=base64.b64encode(public).decode(),
            fingerprint=wiring.keys().short(public) if public else "",
            set_at=None if shown.is_escrow_pending else seen.escrow_at,
            is_pending=shown.is_escrow_pending,
        ),
        fingerprint=seen.fingerprint,
        aws_kms_next_key_arn=seen.next_arn,
    )


def _refuse_fixed(asked: KeyManagementConfigUpdateArgs, shown: KeyManagementConfigModel) -> None:
    """What cannot be set here may be sent as it is, as clients that send the whole form do."""
    for name in asked.__struct_fields__:
        wanted = getattr(asked, name)
        if name == "escrow_public_key" or wanted in (None, "", getattr(shown, name, "")):
            continue
        raise Invalid(
            f"{name} cannot be changed here: functions use their own roles, and an operator "
            "replaces the KMS key with `make rekey`"
        )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("escrowPublicKey is base64, as `make escrow-key` prints it") from error
