"""The console's document and its static files. Who may see what, the API decides, not these.

A standby serves the Server Nodes page with its files, and the login page; see the clustering guide.
"""

from __future__ import annotations

from chalicelib.console.assets import assets
from chalicelib.console.page import SECURITY, document
from chalicelib.web.answer import Answer
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from .serving import HTML, file_answer


@endpoint("GET", "/", returns=None, anonymous=True)
def show_start(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/backup", returns=None, anonymous=True)
def show_backup(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/configuration", returns=None, anonymous=True)
def show_configuration(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/diagnostics", returns=None, anonymous=True)
def show_diagnostics(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/licences", returns=None, anonymous=True)
def show_licences(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/login", returns=None, anonymous=True, out_of_cluster=True)
def show_login(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/nodes", returns=None, anonymous=True, out_of_cluster=True)
def show_nodes(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/audit", returns=None, anonymous=True)
def show_audit(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/groups", returns=None, anonymous=True)
def show_groups(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/profile", returns=None, anonymous=True)
def show_profile(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/reports", returns=None, anonymous=True)
def show_reports(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/requests", returns=None, anonymous=True)
def show_requests(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/roles", returns=None, anonymous=True)
def show_roles(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/users", returns=None, anonymous=True)
def show_users(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/secrets", returns=None, anonymous=True)
def show_secrets(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/doublelocks", returns=None, anonymous=True)
def show_doublelocks(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/import", returns=None, anonymous=True)
def show_imports(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/export", returns=None, anonymous=True)
def show_exports(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/templates", returns=None, anonymous=True)
def show_templates(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/upgrade", returns=None, anonymous=True)
def show_upgrade(call: Call[None]) -> Answer:
    return _document(call)


@endpoint("GET", "/console/{version}/{name}", returns=None, anonymous=True, out_of_cluster=True)
def read_asset(call: Call[None]) -> Answer:
    return file_answer(assets(), call.path["version"], call.path["name"])


@endpoint("GET", "/console/{version}/lib/{name}", returns=None, anonymous=True, out_of_cluster=True)
def read_library(call: Call[None]) -> Answer:
    return file_answer(assets(), call.path["version"], f"lib/{call.path['name']}")


def _document(call: Call[None]) -> Answer:
    return Answer(200, document(call.root, assets()).encode(), HTML, SECURITY)
