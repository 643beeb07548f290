"""Single secrets: their values, what surrounds them, what is asked of those who want them."""

from __future__ import annotations

from typing import Any

from . import row as needs
from .row import Outcome, Row

S = "<secret>"
API = "/api/v1/secrets"
ACCESS = "/api/v1/secret-access-requests"
ERASE = "/api/v1/secret-erase-requests"
SHARES = "/api/v1/secret-permissions"
DETAIL = "/api/v1/secret-detail/{secretId}"


def dirty(**fields: Any) -> dict[str, Any]:
    """The body of a PATCH that sets those fields."""
    return {"data": {name: {"dirty": True, "value": value} for name, value in fields.items()}}


READING = (
    Row(f"GET {API}/{{id}}", need=needs.REVEAL, of=S, shows=True),
    Row("GET /api/v2/secrets/{id}", need=needs.REVEAL, of=S, shows=True),
    Row(f"POST {API}/{{id}}/restricted", need=needs.REVEAL, of=S, shows=True),
    Row(f"GET {API}/{{id}}/fields/{{slug}}", need=needs.REVEAL, of=S, shows=True),
    Row(f"POST {API}/{{id}}/restricted/fields/{{slug}}", need=needs.REVEAL, of=S, shows=True),
    Row(f"POST {API}/{{id}}/fields/{{slug}}/download", need=needs.REVEAL, of=S, shows=True),
    Row("GET /api/v1/one-time-password-code/{id}", need=needs.REVEAL, of=S, shows=True),
    Row(f"GET {API}/{{id}}/fields/{{slug}}/history", need=needs.SEE_HISTORY, of=S, shows=True),
    Row(
        f"GET {API}/{{id}}/fields/{{slug}}/history/{{version}}",
        need=needs.SEE_HISTORY,
        of=S,
        shows=True,
    ),
    Row(
        f"POST {API}/{{id}}/restricted/fields/{{slug}}/history",
        need=needs.SEE_HISTORY,
        of=S,
        shows=True,
    ),
    Row(
        f"POST {API}/{{id}}/restricted/fields/{{slug}}/history/{{version}}",
        need=needs.SEE_HISTORY,
        of=S,
        shows=True,
    ),
)
"""What shows values: nobody but the holder of a checkout, and who was approved, gets them."""

LOOKING = (
    Row(f"GET {API}/{{id}}/summary", need=needs.LIST, of=S),
    Row(f"GET {API}/lookup/{{id}}", need=needs.LIST, of=S),
    Row(f"POST {API}/{{id}}/favorite", need=needs.LIST, of=S, frozen=True),
    Row(f"GET {API}/{{id}}/state", need=needs.LIST, of=S),
    Row(f"GET {API}/secret-detail/{{id}}/general", need=needs.LIST, of=S),
    Row(f"GET {API}/{{id}}/settings", need=needs.VIEW, of=S),
    Row(f"GET {API}/{{id}}/placement", need=needs.VIEW, of=S),
    Row(f"GET {API}/{{id}}/security", need=needs.VIEW, of=S),
    Row(f"GET {API}/{{id}}/password-changes", need=needs.VIEW, of=S),
    Row(f"GET {API}/{{id}}/audits", need=needs.SEE_AUDIT, of=S),
    Row(f"GET {DETAIL}/hooks", need=needs.VIEW, of=S),
    Row(f"GET {DETAIL}/hook/get/{{secretHookId}}", need=needs.VIEW, of=S),
    Row(f"GET {DETAIL}/hook/stub/{{scriptId}}", need=needs.VIEW, of=S),
    Row(f"GET {API}"),
    Row("GET /api/v2/secrets"),
    Row(f"GET {API}/lookup"),
    Row(f"GET {API}/search-total"),
    Row("GET /api/v2/secrets/search-total"),
    Row(f"GET {API}/stub", asks="Add Secret", query={"secretTemplateId": 6007}),
)
"""What shows no values. Lists hold what the caller may list, so everybody may ask for them."""

CHANGING = (
    Row(
        f"POST {API}",
        asks="Add Secret",
        need=needs.ADD_SECRET,
        frozen=True,
        body={
            "name": "new",
            "secretTemplateId": 6007,
            "folderId": "<folder>",
            "siteId": 1,
            "items": [
                {"slug": "machine", "itemValue": "db2"},
                {"slug": "username", "itemValue": "root"},
                {"slug": "password", "generate": True},
            ],
        },
    ),
    Row(
        f"PUT {API}/{{id}}",
        need=needs.EDIT,
        of=S,
        frozen=True,
        shows=True,
        body={"name": "renamed", "items": []},
    ),
    Row(
        f"POST {API}/{{id}}/copy",
        asks="Add Secret",
        need=needs.COPY,
        of=S,
        frozen=True,
        shows=True,
        body={"folderId": -1},
    ),
    Row(
        f"POST {API}/convert-template",
        need=needs.CONVERT,
        frozen=True,
        body={"data": {"secretIds": [S], "secretTemplateId": 2}},
    ),
    Row(
        f"POST {API}/get-convert-info",
        need=needs.VIEW,
        body={"data": {"secretIds": [S], "destinationTemplateId": 2}},
    ),
    Row(f"DELETE {API}/{{id}}", need=needs.DELETE, of=S, frozen=True),
    Row(f"PUT {API}/{{id}}/undelete", need=needs.RESTORE, of=S, frozen=True),
    Row("PUT /api/v1/secrets/{id}/activate", need=needs.RESTORE, of=S, frozen=True),
    Row("PUT /api/v2/secrets/{id}/activate", need=needs.RESTORE, of=S, frozen=True),
    Row("PUT /api/v3/secrets/{id}/activate", need=needs.RESTORE, of=S, frozen=True),
    Row(
        f"PUT {API}/{{id}}/fields/{{slug}}",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body={"value": "Another-1"},
    ),
    Row(
        f"POST {API}/{{id}}/fields/{{slug}}/upload",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body={"fileName": "a.txt", "size": 1},
    ),
    Row(
        f"PUT {API}/{{id}}/fields/{{slug}}/upload",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body={"uploadId": "x"},
    ),
    Row(
        f"PATCH {API}/{{id}}/general",
        need=needs.EDIT,
        of=S,
        frozen=True,
        shows=True,
        body=dirty(name="renamed"),
    ),
    Row(
        "PATCH /api/v2/secrets/{id}/general",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body=dirty(name="renamed"),
    ),
    Row(
        f"PUT {API}/{{id}}/expiration",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body=dirty(expirationType="DayInterval", expirationDayInterval=9),
    ),
    Row(
        f"PATCH {API}/{{id}}/email",
        need=needs.VIEW,
        of=S,
        frozen=True,
        body=dirty(sendEmailWhenViewed=True),
    ),
    Row(f"POST {API}/{{id}}/expire", need=needs.EDIT, of=S, frozen=True),
    Row(
        f"PUT {API}/{{id}}/privileged-account",
        need=needs.EDIT,
        of=S,
        frozen=True,
        body={"privilegedAccountSecretId": 0},
    ),
    Row(f"POST {API}/{{id}}/heartbeat", need=needs.VIEW, of=S, frozen=True),
    Row(f"POST {API}/{{id}}/change-password", need=needs.CHANGE_PASSWORD, of=S, frozen=True),
    Row(f"POST {API}/{{id}}/stop-password-change", need=needs.CHANGE_PASSWORD, of=S, frozen=True),
)

OWNING = (
    Row(
        f"POST {DETAIL}/hook",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body={
            "data": {
                "name": "x",
                "eventActionId": 10026,
                "prePostOption": "PRE",
                "scriptId": "<script>",
            }
        },
    ),
    Row(
        f"PUT {DETAIL}/hook/{{secretHookId}}",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(name="other"),
    ),
    Row(f"DELETE {DETAIL}/hook/{{secretHookId}}", need=needs.SET_TERMS, of=S, frozen=True),
    Row(
        f"PUT {API}/{{id}}/allowed-machines",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body={"machines": ["db9"]},
    ),
    Row(
        f"PUT {API}/{{id}}/host-pins",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body={"pins": ["SHA256:abc"]},
    ),
    Row(
        f"PATCH {API}/{{id}}/share",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(inheritPermissions=True),
    ),
    Row(
        f"PATCH {API}/{{id}}/security-general",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(requiresComment=True),
    ),
    Row(
        "PATCH /api/v2/secrets/{id}/security-general",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(requiresComment=True),
    ),
    Row(
        f"PATCH {API}/{{id}}/security-checkout",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(checkOutEnabled=True, checkOutIntervalMinutes=9),
    ),
    Row(
        "PATCH /api/v3/secrets/{id}/security-checkout",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(checkOutEnabled=True, checkOutIntervalMinutes=9),
    ),
    Row(
        "PUT /api/v3/secrets/{id}/security-approval",
        need=needs.SET_TERMS,
        of=S,
        frozen=True,
        body=dirty(requireApprovalType="RequireApproval", approvers=["<approvers>"]),
    ),
    Row(f"GET {SHARES}", need=needs.VIEW, query={"filter.secretId": S}),
    Row(
        f"POST {SHARES}",
        need=needs.SHARE,
        frozen=True,
        body={"secretId": S, "userId": "<ada>", "secretAccessRoleName": "View"},
    ),
    Row(f"GET {SHARES}/{{id}}", need=needs.VIEW, of="<grant>"),
    Row(
        f"PUT {SHARES}/{{id}}",
        need=needs.SHARE,
        of="<grant>",
        frozen=True,
        body={"secretAccessRoleName": "View"},
    ),
    Row(f"DELETE {SHARES}/{{id}}", need=needs.SHARE, of="<grant>", frozen=True),
)
"""Who else has it, where it may be sent, what it asks for: its Owner's."""

ASKING = (
    Row(f"POST {API}/{{id}}/check-out", need=needs.CHECK_OUT, of=S, frozen=True),
    Row(f"POST {API}/{{id}}/check-in", need=needs.CHECK_IN, of=S, frozen=True),
    Row(
        f"POST {API}/{{id}}/extend-check-out",
        need=needs.CHECK_IN,
        of=S,
        frozen=True,
        then=Outcome.NOT_TAKEN,
        body={"data": {}},
    ),
    Row(f"GET {ACCESS}"),
    Row(f"POST {ACCESS}", need=needs.VIEW, frozen=True, body={"secretId": S}),
    Row(
        f"PUT {ACCESS}",
        others=True,
        frozen=True,
        body={"secretAccessRequestId": "<request>", "status": "Approved"},
    ),
    Row(
        f"POST {ACCESS}/approvals/{{id}}",
        others=True,
        of="<request>",
        frozen=True,
        body={"status": "Approved"},
    ),
    Row(f"GET {ACCESS}/secrets/{{id}}", need=needs.LIST, of=S),
    Row(f"GET {ACCESS}/secrets/{{id}}/options", need=needs.LIST, of=S),
    Row(
        f"POST {ACCESS}/secrets/{{id}}/view-comment",
        need=needs.VIEW,
        of=S,
        frozen=True,
        body={"comment": "why"},
    ),
    Row(f"GET {ACCESS}/{{id}}", others=True, of="<request>"),
    Row(f"GET {ACCESS}/{{id}}/history", others=True, of="<request>"),
    Row(f"GET {ACCESS}/{{id}}/pending", others=True, of="<request>"),
    Row(
        f"POST {ERASE}",
        need=needs.DELETE,
        frozen=True,
        body={"secretIds": [S], "requestComment": "gone"},
    ),
    Row(
        f"PUT {ERASE}",
        others=True,
        seen_by=("Approve Secret Erase",),
        frozen=True,
        body={"secretEraseRequestId": "<erase>", "status": "Denied"},
    ),
    Row(f"GET {ERASE}/inbox"),
    Row(f"GET {ERASE}/run-now", asks="Approve Secret Erase"),
    Row(f"GET {ERASE}/search"),
    Row(
        f"GET {ERASE}/secrets",
        others=True,
        seen_by=("Approve Secret Erase",),
        of="<erase>",
        query={"filter.secretEraseRequestId": "<erase>"},
    ),
    Row(f"GET {ERASE}/{{id}}", others=True, seen_by=("Approve Secret Erase",), of="<erase>"),
    Row(
        f"GET {ERASE}/{{id}}/history",
        others=True,
        seen_by=("Approve Secret Erase",),
        of="<erase>",
    ),
)
"""Checkout, access requests, erase requests: of another's request nobody else knows."""
