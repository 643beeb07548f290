"""Folders, and who has what on them."""

from __future__ import annotations

from . import row as needs
from .row import Row
from .secret_rows import dirty

F = "<folder>"
API = "/api/v1/folders"
SHARES = "/api/v1/folder-permissions"

ROWS = (
    Row(f"GET {API}"),
    Row(f"GET {API}/lookup"),
    Row(
        f"POST {API}",
        asks="Administer Folders",
        need=needs.EDIT_FOLDER,
        frozen=True,
        body={"folderName": "new", "folderTypeId": 1, "parentFolderId": F},
    ),
    Row(f"GET {API}/{{id}}", need=needs.SEE_FOLDER, of=F),
    Row("GET /api/v1/folder-details/{id}", need=needs.SEE_FOLDER, of=F),
    Row(f"GET {API}/{{id}}/audit", need=needs.SEE_FOLDER, of=F),
    Row(
        f"PUT {API}/{{id}}",
        need=needs.EDIT_FOLDER,
        of=F,
        frozen=True,
        body={"folderName": "renamed"},
    ),
    Row(
        "PATCH /api/v1/folder/{id}",
        need=needs.EDIT_FOLDER,
        of=F,
        frozen=True,
        body=dirty(folderName="renamed"),
    ),
    Row(f"DELETE {API}/{{id}}", need=needs.OWN_FOLDER, of=F, frozen=True),
    Row(f"DELETE {API}/{{id}}/templates/{{templateId}}", need=needs.OWN_FOLDER, of=F, frozen=True),
    Row(f"GET {SHARES}", need=needs.SEE_FOLDER, query={"filter.folderId": F}),
    Row(
        f"POST {SHARES}",
        need=needs.OWN_FOLDER,
        frozen=True,
        body={"folderId": F, "userId": "<ada>", "folderAccessRoleName": "View"},
    ),
    Row(f"GET {SHARES}/{{id}}", need=needs.SEE_FOLDER, of="<folder grant>"),
    Row(
        f"PUT {SHARES}/{{id}}",
        need=needs.OWN_FOLDER,
        of="<folder grant>",
        frozen=True,
        body={"folderAccessRoleName": "View"},
    ),
    Row(f"DELETE {SHARES}/{{id}}", need=needs.OWN_FOLDER, of="<folder grant>", frozen=True),
)
