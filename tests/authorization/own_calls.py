"""Requests of what the contract does not know, for whoever may; the contract's are those of
tests/operations.
"""

from __future__ import annotations

from tests.operations.call import Call, data
from tests.operations.secret_calls import CSV

JOB = "/api/v1/jobs/heartbeat"

CALLS = (
    Call(f"GET {JOB}"),
    Call(f"GET {JOB}/runs"),
    Call(f"POST {JOB}/pause"),
    Call(f"POST {JOB}/resume"),
    Call(f"POST {JOB}/run-now"),
    Call(f"PUT {JOB}/schedule", {"everyMinutes": 15}),
    Call("GET /api/v1/queues/site-1/dead-letters"),
    Call("PATCH /api/v1/configuration/backbone-bus", {"type": "Shared"}),
    Call("PATCH /api/v1/configuration/folders", data(enablePersonalFolders=True)),
    Call("GET /api/v1/distributed-engine/engines/<engine>/trail"),
    Call(
        "POST /api/v1/openid-connect/providers",
        {
            "name": "Corp",
            "issuer": "https://login.example.com",
            "clientId": "c",
            "clientSecret": "<password>",
        },
    ),
    Call("GET /api/v1/users/<bob>/openid-connect"),
    Call(
        "POST /api/v1/users/<bob>/openid-connect",
        {"issuer": "https://login.example.com", "subject": "robert"},
    ),
    Call("POST /api/v1/secret-import", {"file": CSV, "format": "csv"}),
    Call("POST /api/v1/secret-import/verify", {"file": CSV, "format": "csv"}),
)
