"""One's own second factor, and an administrator's reset of another's."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, StillUsed, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .user_models import SuccessModel

PATH = "/api/v1/users/current/two-factor"
TYPES = ("oath", "fido")


class TwoFactorModel(Struct):
    """enabled: log-in asks for a code. required: an administrator wants it.

    enrolling: this session may do nothing else before it is set up.
    """

    enabled: bool
    required: bool
    recovery_codes_left: int
    enrolling: bool


class BeginArgs(Struct):
    """code: a recovery code, of who has security keys"""

    password: Plain
    code: Plain = field(default_factory=lambda: Plain(""))


class CodeArgs(Struct):
    code: Plain


class EnrolmentModel(Struct):
    """Shown once. uri: what a QR code for an authenticator app holds; qr: its rows, 1 for dark."""

    secret: str
    uri: str
    qr: Sequence[str]


class RecoveryCodesModel(Struct):
    """Shown once; each is good once."""

    recovery_codes: Sequence[str]


class ResetTwoFactor(Struct):
    two_factor_type: str = "Oath"


class ResetTwoFactorArgs(Struct):
    data: ResetTwoFactor | None = None


@endpoint("GET", PATH, returns=TwoFactorModel, while_enrolling=True)
def read_two_factor(call: Call[None]) -> TwoFactorModel:
    person = wiring.factors().state(call.principal)
    left = len(person.factor.recovery) if person.factor else 0
    return TwoFactorModel(person.has_code, person.user.needs_code, left, call.principal.enrols)


@endpoint(
    "POST",
    PATH,
    body=BeginArgs,
    returns=EnrolmentModel,
    writes="cluster",
    errors=(StillUsed, Throttled),
    while_enrolling=True,
)
def begin_two_factor(call: Call[BeginArgs]) -> EnrolmentModel:
    begun = wiring.factors().begin(call.principal, call.body.password, call.body.code, call.now)
    return EnrolmentModel(begun.seed.reveal(), begun.uri.reveal(), _qr(begun.uri))


@endpoint(
    "POST",
    f"{PATH}/confirm",
    body=CodeArgs,
    returns=RecoveryCodesModel,
    writes="cluster",
    errors=(NotFound, StillUsed, Throttled),
    while_enrolling=True,
)
def confirm_two_factor(call: Call[CodeArgs]) -> RecoveryCodesModel:
    return _shown(wiring.factors().confirm(call.principal, call.body.code, call.now))


@endpoint(
    "POST",
    f"{PATH}/recovery-codes",
    body=CodeArgs,
    returns=RecoveryCodesModel,
    writes="cluster",
    errors=(NotFound, Throttled),
)
def renew_recovery_codes(call: Call[CodeArgs]) -> RecoveryCodesModel:
    return _shown(wiring.factors().renew_recovery(call.principal, call.body.code, call.now))


@endpoint(
    "POST",
    f"{PATH}/remove",
    body=CodeArgs,
    returns=SuccessModel,
    writes="cluster",
    errors=(NotFound, Throttled),
)
def remove_two_factor(call: Call[CodeArgs]) -> SuccessModel:
    wiring.factors().remove(call.principal, call.body.code, call.now)
    return SuccessModel()


@endpoint(
    "POST",
    "/api/v1/users/{userId}/reset-two-factor",
    body=ResetTwoFactorArgs,
    returns=SuccessModel,
    permission="Administer Users",
    writes="cluster",
    errors=(AccessDenied,),
)
def reset_two_factor(call: Call[ResetTwoFactorArgs]) -> SuccessModel:
    asked = (call.body.data or ResetTwoFactor()).two_factor_type.lower()
    if asked not in TYPES:
        raise Invalid("twoFactorType must be one of Oath, Fido.")
    service = wiring.security_keys() if asked == "fido" else wiring.factors()
    service.reset(call.principal, call.id("userId"), call.now)
    return SuccessModel()


def _shown(codes: Sequence[Plain]) -> RecoveryCodesModel:
    return RecoveryCodesModel([one.reveal() for one in codes])


def _qr(uri: Plain) -> Sequence[str]:
    import segno  # only who sets a second factor up needs it

    code = segno.make_qr(uri.reveal(), error="m")
    return ["".join("1" if dark else "0" for dark in row) for row in code.matrix]
