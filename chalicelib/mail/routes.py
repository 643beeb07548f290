"""Trying mail out, and what did not arrive."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .mail import Mail


class TestEmailResponse(Struct):
    success: bool
    message: str


class MailModel(Struct):
    id: str
    kind: str
    made_at: ApiDate
    tries: int
    reason: str


class MailsModel(Struct):
    """isOn: a sender is set. via: SES or SMTP."""

    is_on: bool
    via: str
    waiting: Sequence[MailModel]
    undelivered: Sequence[MailModel]


@endpoint(
    "POST",
    "/api/v1/configuration/email/test",
    returns=TestEmailResponse,
    permission="Administer Configuration",
    writes="cluster",
)
def try_email(call: Call[None]) -> TestEmailResponse:
    """A mail to whoever asks. Each call sends another."""
    why = wiring.postman().try_out(call.principal.user_id)
    return TestEmailResponse(not why, why or "The mail was handed over: look into your inbox.")


@endpoint("GET", "/api/v1/diagnostics/mails", returns=MailsModel, permission="View Configuration")
def read_mails(_call: Call[None]) -> MailsModel:
    settings = wiring.mail_configuration().fresh()
    waiting, failed = wiring.postman().undelivered()
    via = "SMTP" if settings.by_smtp else "SES"
    return MailsModel(
        settings.is_on, via, [_shown(one) for one in waiting], [_shown(one) for one in failed]
    )


def _shown(one: Mail) -> MailModel:
    return MailModel(one.id, one.kind.name, one.made_at, one.tries, one.why)
