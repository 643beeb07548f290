"""Keeping a real account as a secret, and what is known of it."""

from __future__ import annotations

from typing import Any

from chalicelib.core.plain import Plain
from tests.client import Client

from .machines import Machine


def kept(admin: Client, machine: Machine, account: str, password: Plain, site: int) -> int:
    """A secret for a real account, to be changed when it expires; its id."""
    templates = admin.get("/api/v1/secret-templates", query={"take": 100}).json["records"]
    (template,) = (one["id"] for one in templates if one["name"] == machine.template)
    fields = {**machine.fields(account), "password": password.reveal()}
    made = admin.post(
        "/api/v1/secrets",
        {
            "name": f"{account} on {machine.template}",
            "secretTemplateId": template,
            "folderId": -1,
            "siteId": site,
            "autoChangeEnabled": True,
            "items": [{"slug": slug, "itemValue": value} for slug, value in fields.items()],
        },
    )
    assert made.status == 200, made.message
    return int(made.json["id"])


def heartbeat(admin: Client, secret: int) -> str:
    """The status of the last heartbeat."""
    return str(admin.get(f"/api/v1/secrets/{secret}/summary").json["lastHeartBeatStatus"])


def change(admin: Client, secret: int) -> str:
    """How the last password change ended, or that one is under way."""
    found = admin.get(f"/api/v1/secrets/{secret}/state").json["secretStateFlags"]
    return str(found["passwordChangeState"])


def progress(admin: Client, secret: int) -> str:
    """What is known of all its password changes, and of its heartbeats: for a failure to tell."""
    changes = admin.get(f"/api/v1/secrets/{secret}/password-changes").json
    return f"(its changes: {changes}; its last heartbeat: {heartbeat(admin, secret)})"


def told(admin: Client, secret: int) -> list[str]:
    """The trail, oldest first: what was done, and by whom, or by which engine."""
    rows = admin.get(f"/api/v1/secrets/{secret}/audits", query={"take": 100}).json["records"]
    return [f"{row['action']} by {_doer(row)}" for row in reversed(rows)]


def _doer(row: dict[str, Any]) -> str:
    through = str(row["application"])
    return through if through.endswith("-engine") else str(row["username"])
