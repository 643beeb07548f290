"""The one HTML document of the console; its scripts show the page that the path names."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .assets import Assets

SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
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
<meta name="color-scheme" content="light dark">
<title>Conclave</title>
<link rel="icon" href="{base}icon.svg">
<link rel="stylesheet" href="{base}style.css">
{preloads}
<script type="module" src="{base}main.js"></script>
</head>
<body>
<div id="app"></div>
<div id="said" class="hidden" role="status" aria-live="polite"></div>
<noscript>
<h1>Conclave</h1>
<p>The console needs JavaScript. Everything it does can be done through the API as well: nodes are
shown and set at <code>{root}/api/v1/nodes</code>, and health is at
<code>{root}/api/v1/healthcheck</code>. If you were sent here, this node is not in the cluster: it
is a standby, and serves only its Server Nodes page.</p>
</noscript>
</body>
</html>
"""


def document(root: str, assets: Assets) -> str:
    """The document of a node whose API lives under that root."""
    base = f"{root}/console/{assets.version}/"
    preloads = (f'<link rel="modulepreload" href="{escape(base + one)}">' for one in assets.modules)
    return _DOCUMENT.format(base=escape(base), root=escape(root), preloads="\n".join(preloads))
