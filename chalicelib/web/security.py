"""The headers on every answer that tell a browser how little it may do with it."""

from __future__ import annotations

from collections.abc import Mapping

ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""A page that needs more says so in its own answer, which wins."""

HSTS: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}


def security_headers(request_headers: Mapping[str, str]) -> dict[str, str]:
    """The headers for the answer to a request with these headers; HSTS only behind TLS."""
    tls = request_headers.get("x-forwarded-proto", "").lower() == "https"
    return {**ALWAYS, **HSTS} if tls else dict(ALWAYS)
