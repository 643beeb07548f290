"""The engine as a file to install."""

from __future__ import annotations

from chalicelib import VERSION, wiring
from chalicelib.core.errors import NotFound
from chalicelib.sites.package import packed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import File, ReadOver, Struct

from .permissions import VIEW

NO_HOST = "vault.example"


class DownloadQuery(Struct):
    """siteId: named in its README; the administrator who approves the engine gives it the site."""

    site_id: int = 0
    is64_bit: ReadOver | None = None


@endpoint(
    "GET",
    "/api/v1/distributed-engine/download-distributed-engine",
    query=DownloadQuery,
    returns=File,
    permission=VIEW,
    errors=[NotFound],
)
def download(call: Call[None]) -> File:
    """The code of an engine of this version, for any machine: it is Python"""
    asked: DownloadQuery = call.query
    site = wiring.sites().site(asked.site_id).name if asked.site_id > 0 else ""
    here = f"https://{call.headers.get('host', NO_HOST)}{call.root}"
    url = wiring.settings().fresh().custom_url or here
    return File(f"conclave-engine-{VERSION}.zip", packed(url, site))
