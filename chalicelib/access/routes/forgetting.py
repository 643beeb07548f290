"""What is known of a person who is gone."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint


@endpoint(
    "POST",
    "/api/v1/users/delete-pii/{id}",
    returns=bool,
    permission="Administer Users",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def forget_person(call: Call[None]) -> bool:
    """Take names, address and ways in off a disabled user. May be repeated."""
    who, id, providers = call.principal, call.id(), wiring.openid_providers()
    wiring.forgetting().require_may_go(who, id)
    for link in providers.links(id):
        providers.unlink(who, id, link.id, call.now)
    wiring.forgetting().forget(who, id, call.now)
    return True
