"""What one saw lately, and what was done with one secret."""

from __future__ import annotations

from typing import Any

from chalicelib.rotation import routes as rotation_routes
from chalicelib.vault.comment import Comment, ticket_in
from tests.access.conftest import Cluster
from tests.calls import Calls
from tests.client import Client

from .api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time

__all__ = ["ada", "bare", "bob", "cluster", "rotation_routes", "routes", "time"]

RECENT = "/api/v2/secrets?filter.scope=Recent"


def test_what_one_saw_lately_is_found_last_first_and_by_nobody_else(
    cluster: Cluster, ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    ben, bens_id = bob
    folder = made_folder(ada)
    share(ada, folder, bens_id, "View")
    ids = [int(made_secret(ada, folder)["id"]) for _ in range(3)]
    noon = cluster.time()
    for id in (ids[0], ids[2], ids[1], ids[2]):
        cluster.time.pass_by(minutes=1)
        assert ben.get(f"/api/v1/secrets/{id}").status == 200

    def found(who: Client, more: str = "") -> list[int]:
        return [one["id"] for one in who.get(f"{RECENT}{more}").json["records"]]

    assert found(ben) == [ids[2], ids[1], ids[0]]
    assert found(ben, "&skip=1&take=1") == [ids[1]]
    assert found(ben, "&sortBy[0].name=id") == ids
    until = (noon + (cluster.time() - noon) / 2).strftime("%Y-%m-%dT%H:%M:%S")
    assert found(ben, f"&filter.recentMaxDateTime={until}") == [ids[2], ids[0]]
    assert found(ben, f"&filter.secretIds={ids[0]}&filter.searchText=db1") == [ids[0]]
    calls.clear()
    first = ben.get(RECENT).json["records"][0]
    assert calls.count() == 4  # his session, the index, the rows, and those of the page again
    assert first["lastAccessed"].startswith(f"{cluster.time():%Y-%m-%dT%H:%M}")
    assert ben.get("/api/v2/secrets").json["records"][0]["lastAccessed"] is None
    assert ben.get("/api/v1/secrets/search-total?filter.scope=2").json == 3
    since = (noon + (cluster.time() - noon) / 2).strftime("%Y-%m-%dT%H:%M:%S")
    assert found(ben, f"&filter.recentMinDateTime={since}")[0] == ids[2]
    ada.delete(f"/api/v1/secrets/{ids[2]}")
    assert found(ben) == [ids[1], ids[0]]


def test_the_audit_of_a_secret_is_narrowed_and_its_taking_along_is_told(ada: Client) -> None:
    id = int(made_secret(ada)["id"])
    path = f"/api/v1/secrets/{id}/audits?take=50"
    given = {"comment": "the disk; is full", "ticketNumber": "OPS-412"}
    assert ada.post(f"/api/v1/secrets/{id}/restricted", given).status == 200
    ada.post(f"/api/v1/secrets/{id}/change-password", {})
    ada.put(f"/api/v1/secrets/{id}/fields/notes", {"value": "x"})

    def lines(more: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ada.get(f"{path}{more}").json["records"]
        return found

    def actions(more: str) -> set[str]:
        return {one["action"] for one in lines(more)}

    assert actions("") == {"CREATE", "VIEW", "UPDATE", "PASSWORD CHANGE"}
    assert actions("&filter.auditActions=create,+View") == {"CREATE", "VIEW"}
    assert actions("&filter.includePasswordChangeLog=false") == {"CREATE", "VIEW", "UPDATE"}
    only = "&filter.includePasswordChangeLog=false&filter.auditActions=PASSWORD+CHANGE"
    assert actions(only) == set()
    assert [one["ticketNumber"] for one in lines("&filter.auditActions=VIEW")].count("OPS-412") == 1
    assert "EXPORT AUDIT" in actions("&isExporting=true")
    assert ada.get(f"{path}&sortBy[0].name=action").status == 400
    assert ada.get(f"{path}&sortBy[0].name=dateRecorded").status == 200


def test_a_ticket_is_read_from_a_line_as_it_was_written() -> None:
    for comment in (Comment("why", "A-1"), Comment("", "A-1"), Comment("a: b; c", "A-1")):
        assert ticket_in(f"Password; {comment.told}; access request 3") == "A-1"
        assert ticket_in(comment.told) == "A-1"
    assert ticket_in(Comment("my ticket: none").told) == ticket_in("") == ""
