"""The inbox: approvers hear of requests, who asked hears of the answer."""

from __future__ import annotations

from chalicelib.inbox import routes
from tests.calls import recording
from tests.vault.api import ada, bare, bob, cluster, time
from tests.vault.test_access_requests import Case, case

__all__ = ["ada", "bare", "bob", "case", "cluster", "routes", "time"]

INBOX = "/api/v1/inbox"


def test_who_is_concerned_is_told_reads_it_and_nobody_else(case: Case) -> None:
    id = case.ask().json["secretAccessRequestId"]
    case.cleo.get(f"{INBOX}/message-types")  # warm
    with recording() as calls:
        page = case.cleo.get(f"{INBOX}/messages?filter.readStatusFilter=Unread").json
    assert calls.count(operation="Query") == 1
    assert calls.count() == 2  # the session's read besides
    assert page["total"] == 1
    told = page["records"][0]
    assert (told["inboxMessageTypeName"], told["isRead"]) == ("Access requested", False)
    assert told["details"] == "Bob asks for access to db1 root."
    data = {one["inboxDataName"]: one["valueInt"] for one in told["data"]}
    assert (data["SecretAccessRequestId"], data["SecretId"]) == (id, case.id)
    one = f"{INBOX}/message/{told['messageId']}"
    assert case.cleo.get(one).json["recipients"] == ["cleo"]
    for other in (case.bob, case.ada):
        assert other.get(one).status == 404
        assert other.get(f"{INBOX}/messages").json["total"] == 0
    for read in (True, True, False, True):  # again is nothing, and it goes both ways
        body = {"data": {"messageIds": [told["messageId"], 999], "read": read}}
        assert case.cleo.post(f"{INBOX}/update-read", body).json is True
        assert case.cleo.get(one).json["isRead"] is read
    assert case.cleo.get(f"{INBOX}/messages?filter.readStatusFilter=Unread").json["total"] == 0
    assert case.cleo.get(f"{INBOX}/messages?filter.readStatusFilter=x").status == 400

    case.say(case.cleo, id, "Approved")
    case.cluster.time.pass_by(seconds=1)
    case.say(case.cleo, id, "Denied")
    answers = case.bob.get(f"{INBOX}/messages").json["records"]
    names = [one["inboxMessageTypeName"] for one in answers]
    assert names == ["Access denied", "Access granted"]
    assert case.bob.get(f"{INBOX}/messages?messageTypeId=2").json["total"] == 1
    counts = case.bob.get(f"{INBOX}/message-types?includeCurrentUserMessageCounts=true").json
    assert [one["notificationCount"] for one in counts] == [0, 1, 1, 0, 0, 0]
