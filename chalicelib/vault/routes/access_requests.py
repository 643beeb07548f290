"""Asking for access to a secret, and being let in."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from .secret_args import Commented
from .visiting import at, secret_rows, visit


@endpoint(
    "POST",
    "/api/v1/secret-access-requests/secrets/{id}/view-comment",
    body=Commented,
    returns=bool,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
    errors=[Conflict],
)
def comment(call: Call[Commented]) -> bool:
    wiring.comments().say(visit(call), at(call))
    return True
