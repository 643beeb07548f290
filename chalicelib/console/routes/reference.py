"""The page on which people read and try the API: Swagger UI over `/openapi.json`.

It is kept apart from the console: its library makes HTML from text, which the console's policy
forbids, and it is never told the console's session. Who tries an operation gives it a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from chalicelib.console.assets import Assets, load
from chalicelib.web.answer import Answer
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from .serving import HTML, file_answer

SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conclave API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}swagger-ui.css">
<script src="{base}swagger-ui-bundle.js"></script>
</head>
<body>
<main id="reference"></main>
<noscript>
<h1>Conclave API</h1>
<p>This page needs JavaScript. What it shows is <a href="{root}/openapi.json">openapi.json</a>.</p>
</noscript>
<script src="{base}begin.js" data-document="{root}/openapi.json"></script>
</body>
</html>
"""


@cache
def files() -> Assets:
    return load(Path(__file__).parents[1] / "reference")


@endpoint("GET", "/docs", returns=None, anonymous=True, out_of_cluster=True)
def show_reference(call: Call[None]) -> Answer:
    base, root = escape(f"{call.root}/docs/{files().version}/"), escape(call.root)
    return Answer(200, _DOCUMENT.format(base=base, root=root).encode(), HTML, SECURITY)


@endpoint("GET", "/docs/{version}/{name}", returns=None, anonymous=True, out_of_cluster=True)
def read_reference_file(call: Call[None]) -> Answer:
    return file_answer(files(), call.path["version"], call.path["name"])
