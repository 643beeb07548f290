"""The mails about a secret that somebody asks for, for himself."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.vault.watching import Happening
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty, Struct

from .patching import dirty
from .secret_models import SecretDetailSettingsModel
from .settings_answers import settings
from .visiting import AccessQuery, at, secret_rows, visit


class EmailPatch(Struct):
    send_email_when_changed: Dirty[bool] | None = None
    send_email_when_heartbeat_fails: Dirty[bool] | None = None
    send_email_when_viewed: Dirty[bool] | None = None

    def wanted(self) -> dict[Happening, bool]:
        fields = {
            Happening.CHANGED: dirty(self.send_email_when_changed),
            Happening.HEARTBEAT_FAILED: dirty(self.send_email_when_heartbeat_fails),
            Happening.VIEWED: dirty(self.send_email_when_viewed),
        }
        return {one: is_on for one, is_on in fields.items() if is_on is not None}


class EmailArgs(Struct):
    data: EmailPatch


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/email",
    query=AccessQuery,
    body=EmailArgs,
    returns=SecretDetailSettingsModel,
    writes="vault",
    reads=secret_rows,
)
def patch_email(call: Call[EmailArgs]) -> SecretDetailSettingsModel:
    """Switch the caller's own mails about the secret"""
    asker = visit(call)
    found = wiring.watches().switch(asker, at(call), call.body.data.wanted())
    return settings(found, asker.who.user_id)
