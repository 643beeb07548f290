"""Who may have which account act where, for a secret that is not its own."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core.errors import AccessDenied, Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault import change as rules
from chalicelib.vault.comment import SILENCE
from chalicelib.vault.double_lock import NONE_OPEN
from chalicelib.vault.grants import Deed
from chalicelib.vault.secret import Secret
from chalicelib.vault.visit import Visit

from .finding import Finder


def demand_privileged(
    finder: Finder, visit: Visit, secret: Secret, machine: Plain, changer: str = ""
) -> None:
    """Refuse unless the visitor may view the privileged account, and its Owner allows the machine.

    changer: the kind of system that it is of; "" for the secret's own. One more read.
    """
    if secret.privileged_id == secret.id:
        raise Invalid("A secret cannot be its own privileged account.")
    refusal = AccessDenied("Access denied: you may not send the privileged account there.")
    visit = replace(visit, comment=SILENCE, opened=NONE_OPEN)  # both are for the other secret
    privileged = finder.secrets.fetch([secret.privileged_id]).get(secret.privileged_id)
    if privileged is None:
        raise refusal
    found = finder.judged(visit, privileged)
    if not privileged.secret.is_active or not finder.may(visit, found, Deed.REVEAL):
        raise refusal
    if privileged.secret.template.changer != (changer or secret.template.changer):
        raise Invalid("The privileged account is not of the same kind of system.")
    if not rules.is_allowed(machine, privileged.secret):
        raise AccessDenied(
            "Access denied: the Owner of the privileged account has not allowed this machine."
        )
