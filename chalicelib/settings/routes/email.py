"""How mail leaves: sender, SMTP server, its user. The password is taken and never answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import field

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.settings.limits import whole
from chalicelib.settings.mail import MailChange, MailSettings, address_of, host_of, line_of
from chalicelib.settings.settings import DEFAULTS
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty, Struct

from .patching import always, number, switch
from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/email"
PORT = whole("smtpPort", "", 65_535, 0)


class EmailModel(Struct):
    """`smtpPassword` is always empty; `smtpUseCredentials` says whether a user logs in."""

    from_email_address: str
    from_email_name: str
    smtp_server: str
    smtp_port: int
    smtp_use_credentials: bool
    smtp_user_name: str
    smtp_use_implicit_ssl: bool = field(name="smtpUseImplicitSSL")
    smtp_use_ssl: bool = field(name="smtpUseSSL", default=True)
    smtp_password: str = ""
    smtp_domain: str = ""
    smtp_check_certificate_revocation: bool = False
    send_legacy_emails: bool = False


class EmailPatch(Struct):
    from_email_address: Dirty[str] | None = None
    from_email_name: Dirty[str] | None = None
    smtp_server: Dirty[str] | None = None
    smtp_port: Dirty[int | None] | None = None
    smtp_use_credentials: Dirty[bool] | None = None
    smtp_user_name: Dirty[str] | None = None
    smtp_password: Dirty[Plain] | None = None
    smtp_use_implicit_ssl: Dirty[bool | None] | None = field(
        name="smtpUseImplicitSSL", default=None
    )
    smtp_use_ssl: Dirty[bool] | None = field(name="smtpUseSSL", default=None)
    smtp_domain: Dirty[str] | None = None
    smtp_check_certificate_revocation: Dirty[bool | None] | None = None
    send_legacy_emails: Dirty[bool | None] | None = None


class EmailPatchArgs(Struct):
    data: EmailPatch


def shown(settings: MailSettings) -> EmailModel:
    return EmailModel(
        settings.sender,
        settings.sender_name,
        settings.server,
        settings.port or (settings.reached_at if settings.by_smtp else 0),
        bool(settings.user),
        settings.user,
        settings.implicit,
    )


Read = Callable[[Any], dict[str, Any]]


def _fixed(name: str, wanted: object, text: str) -> Read:
    check = always(name, wanted, text)
    return lambda value: check(value, DEFAULTS)


FIELDS: Mapping[str, Read] = {
    "from_email_address": lambda value: {"sender": address_of("fromEmailAddress", value)},
    "from_email_name": lambda value: {"sender_name": line_of("fromEmailName", value)},
    "smtp_server": lambda value: {"server": host_of("smtpServer", value)},
    "smtp_port": lambda value: {"port": number(PORT, value or 0)},
    "smtp_user_name": lambda value: {"user": line_of("smtpUserName", value)},
    "smtp_use_implicit_ssl": lambda value: {
        "implicit": switch("smtpUseImplicitSSL", value or False)
    },
    "smtp_use_ssl": _fixed("smtpUseSSL", True, "true"),
    "smtp_domain": _fixed("smtpDomain", "", "empty"),
    "smtp_check_certificate_revocation": _fixed("smtpCheckCertificateRevocation", False, "false"),
    "send_legacy_emails": _fixed("sendLegacyEmails", False, "false"),
}
"""From a field's new value to the settings that it sets. Raises Invalid."""


@endpoint("GET", PATH, returns=EmailModel, permission=VIEW)
def read_email(_call: Call[None]) -> EmailModel:
    return shown(wiring.mail_configuration().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=EmailPatchArgs,
    returns=EmailModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_email(call: Call[EmailPatchArgs]) -> EmailModel:
    service = wiring.mail_configuration()
    return shown(service.change(call.principal, lambda _: _wanted(call.body.data), call.now))


def _wanted(patch: EmailPatch) -> MailChange:
    values: dict[str, Any] = {}
    for name, read in FIELDS.items():
        one = getattr(patch, name)
        if one is not None and one.dirty:
            values |= read(_given(one))
    one = patch.smtp_password
    password = _given(one) if one is not None and one.dirty else None
    use = patch.smtp_use_credentials
    if use is not None and use.dirty and not switch("smtpUseCredentials", _given(use)):
        return MailChange({**values, "user": ""}, Plain(""))
    return MailChange(values, password)


def _given(one: Dirty[Any]) -> Any:
    from msgspec import UnsetType

    if isinstance(one.value, UnsetType):
        raise Invalid("a dirty field has no value")
    return one.value
