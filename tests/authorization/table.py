"""All rows of the matrix, and the routes that ask for no token."""

from __future__ import annotations

from . import access_rows, cluster_rows, folder_rows, secret_rows, vault_rows

AREAS = {
    "access": access_rows.ROWS,
    "cluster": cluster_rows.ROWS,
    "vault": vault_rows.ROWS,
    "folders": folder_rows.ROWS,
    "reading": (*secret_rows.READING, *secret_rows.LOOKING),
    "changing": secret_rows.CHANGING,
    "owning": secret_rows.OWNING,
    "asking": secret_rows.ASKING,
}
"""Each is walked by a test of its own."""

ROWS = tuple(row for rows in AREAS.values() for row in rows)

PAGES = (
    "GET /",
    "GET /audit",
    "GET /backup",
    "GET /configuration",
    "GET /console/{version}/lib/{name}",
    "GET /console/{version}/{name}",
    "GET /diagnostics",
    "GET /docs",
    "GET /docs/{version}/{name}",
    "GET /groups",
    "GET /licences",
    "GET /login",
    "GET /nodes",
    "GET /profile",
    "GET /doublelocks",
    "GET /export",
    "GET /import",
    "GET /reports",
    "GET /templates",
    "GET /requests",
    "GET /roles",
    "GET /secrets",
    "GET /upgrade",
    "GET /users",
)
"""Of the console: files, the same for everybody."""

ANONYMOUS = (
    "GET /api/v1/healthcheck",
    "GET /api/v1/openapi.json",
    "GET /api/v1/openid-connect/offers",
    "GET /api/v1/setup",
    "GET /healthcheck.aspx",
    "GET /openapi.json",
    "POST /api/v1/engine/callback",
    "POST /api/v1/engine/items/{itemId}/claim",
    "POST /api/v1/engine/register",
    "POST /api/v1/openid-connect/complete",
    "POST /api/v1/openid-connect/{providerId}/begin",
    "POST /api/v1/sdk-client-accounts",
    "POST /api/v1/security-keys/challenge",
    "POST /api/v1/security-keys/sign-in",
    "POST /api/v1/setup",
    "POST /oauth2/token",
)
"""Signing in, setting up, health, engines, the description of the API."""
