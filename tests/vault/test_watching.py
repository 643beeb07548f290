"""Mails about a secret, for who asks for them: what is told, to whom, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.mail.store import MailRow
from chalicelib.settings import routes as settings_routes
from chalicelib.vault.watching import MOST_WATCHERS, Happening, switched, waiting_for
from tests.calls import Calls
from tests.client import Answer, Client
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time

__all__ = ["ada", "bare", "bob", "cluster", "routes", "settings_routes", "time"]

API = "/api/v1/secrets"
PLAIN = ["BatchGetItem", "PutItem"]
MAILED = ["SendMessageBatch", "BatchWriteItem"]


def switch(client: Client, id: int, **mails: bool) -> Answer:
    data = {name: {"dirty": True, "value": is_on} for name, is_on in mails.items()}
    return client.patch(f"{API}/{id}/email", {"data": data})


def mails_on(ada: Client) -> None:
    given = {"fromEmailAddress": {"dirty": True, "value": "conclave@example.com"}}
    answer = ada.patch("/api/v1/configuration/email", {"data": given})
    assert answer.status == 200, answer.message


def mails() -> list[tuple[str, dict[str, Any], list[str]]]:
    rows = sorted(MailRow.scan(), key=lambda row: (row.made_at, row.mail_kind))
    return [(row.mail_kind, row.facts, list(row.to)) for row in rows]


def test_who_asks_is_told_of_what_others_do_and_nobody_else_pays_for_it(
    ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    client, bob_id = bob
    folder = made_folder(ada)
    share(ada, folder, bob_id, "View")
    id = made_secret(ada, folder)["id"]
    mails_on(ada)
    ada.get(f"{API}/{id}")
    calls.clear()
    ada.get(f"{API}/{id}")
    assert [one.operation for one in calls.seen] == PLAIN
    told = switch(client, id, sendEmailWhenViewed=True, sendEmailWhenChanged=True)
    assert told.status == 200, told.message
    assert told.json["sendEmailWhenViewed"] and not told.json["sendEmailWhenHeartbeatFails"]
    assert not ada.get(f"{API}/{id}/settings").json["sendEmailWhenViewed"]  # they are Bob's
    client.get(f"{API}/{id}")
    assert mails() == [], "not of what he does himself"
    ada.get(f"{API}/{id}/fields/password")
    calls.clear()
    ada.get(f"{API}/{id}/fields/password")
    operations = [one.operation for one in calls.seen]
    assert operations == ["BatchGetItem", "TransactWriteItems", *MAILED]
    assert client.put(f"{API}/{id}/fields/notes", {"value": "x"}).status == 400
    ada.put(f"{API}/{id}/fields/notes", {"value": "to the left"})
    (kind, changed, _), *_, (_, viewed, to) = sorted(mails(), key=lambda one: one[0])
    assert (viewed["who"], viewed["secret"], to) == ("ada", "db1 root", [str(bob_id)])
    assert (kind, changed["what"]) == ("secret-changed", "Notes")
    assert "to the left" not in str(mails())
    # who may view it no more is told nothing that is still on its way
    entitled, row = wiring.watcher_desk().entitled, next(MailRow.scan())
    mail = wiring.postman().store.find(row.pk.partition("#")[2])
    assert mail is not None and entitled(mail) == [bob_id]
    share(ada, folder, bob_id, "List")
    assert entitled(mail) == []
    assert switch(client, id, sendEmailWhenViewed=True).json["errorCode"] == "API_AccessDenied"


def test_each_switches_his_own_and_there_is_an_end_to_it() -> None:
    mine = switched({}, 1, {Happening.VIEWED: True, Happening.CHANGED: True})
    both = switched(mine, 2, {Happening.VIEWED: True})
    assert waiting_for(both, Happening.VIEWED, by=1) == [2]
    assert waiting_for(both, Happening.VIEWED, by=0) == [1, 2]
    assert switched(both, 2, {Happening.VIEWED: False}) == mine
    full = {id: frozenset({Happening.VIEWED}) for id in range(MOST_WATCHERS)}
    with pytest.raises(Invalid, match="people"):
        switched(full, 99, {Happening.VIEWED: True})
