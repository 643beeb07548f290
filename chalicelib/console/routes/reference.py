"""The page on which people read and try the API: Swagger UI over `/openapi.json`.

It is kept apart from the console: its library makes HTML from text, which the console's policy
forbids, and it is never told the console's session. Who tries an operation gives it a token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from chalicelib.console.assets import Assets, load
from chalicelib.web.answer import Answer
from chalicelib.web.areas import all_endpoints
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

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
<link rel="stylesheet" href="{base}areas.css">
<script src="{base}swagger-ui-bundle.js"></script>
</head>
<body>
<nav aria-label="Areas of the API"><ul>{areas}</ul></nav>
<main id="reference">
<h1>Conclave API</h1>
<p>Choose an area. Its operations are read here, and tried with a token of yours.</p>
<p>Programs read the whole of it as <a href="{root}/openapi.json">openapi.json</a>.</p>
</main>
<noscript><p>The operations of an area need JavaScript to be shown.</p></noscript>
<script src="{base}begin.js" data-document="{root}/openapi.json"></script>
</body>
</html>
"""


@cache
def files() -> Assets:
    return load(Path(__file__).parents[1] / "reference")


class AreaQuery(Struct):
    """area: whose operations to show; the page reads it from its own address"""

    area: str = ""


@endpoint("GET", "/docs", query=AreaQuery, returns=None, anonymous=True, out_of_cluster=True)
def show_reference(call: Call[None]) -> Answer:
    base, root = escape(f"{call.root}/docs/{files().version}/"), escape(call.root)
    page = _DOCUMENT.format(base=base, root=root, areas=_areas(call.query.area))
    return Answer(200, page.encode(), HTML, SECURITY)


def _areas(shown: str) -> str:
    """A link for each area, with how many operations it has: a whole API takes long to show."""
    counted = Counter(row.area for row in all_endpoints())
    current = {shown: ' aria-current="page"'}
    return "".join(
        f'<li><a href="?area={area}"{current.get(area, "")}>{area} <small>{count}</small></a></li>'
        for area, count in sorted(counted.items())
    )


@endpoint("GET", "/docs/{version}/{name}", returns=None, anonymous=True, out_of_cluster=True)
def read_reference_file(call: Call[None]) -> Answer:
    return file_answer(files(), call.path["version"], call.path["name"])
