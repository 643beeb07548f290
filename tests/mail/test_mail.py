"""Mails as people and administrators see them: what is sent, how often, what is told when not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.catalogue import TASKS, resolve
from chalicelib.core.errors import Stale, Unavailable
from chalicelib.core.messages import Message, decode
from chalicelib.core.plain import Plain
from chalicelib.mail import mail as rules
from chalicelib.mail.kinds import KINDS, Audience
from chalicelib.mail.mail import Mail, Reader
from chalicelib.mail.service import MailDesk
from tests.access.conftest import Time, trail
from tests.canary import canary
from tests.client import Answer, Client
from tests.house import House, open_house
from tests.mail.smtp import HOST, USER, Server, smtp_server
from tests.reaper import Reaper

EMAIL = "/api/v1/configuration/email"
MAILS = "/api/v1/diagnostics/mails"
URL = "https://vault.example.com/SecretServer"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with smtp_server(tmp_path) as one:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        yield one


def patch(client: Client, **fields: object) -> Answer:
    data = {name: {"dirty": True, "value": value} for name, value in fields.items()}
    return client.patch(EMAIL, {"data": data})


def by_smtp(house: House, server: Server, *, near: bool = True, **more: object) -> None:
    """Mail goes to that server, as administrators set it."""
    admin = house.admin
    if near:
        wiring.settings().change(1, {"loopback_targets": [f"{HOST}:{server.port}"]})
    answer = patch(
        admin,
        fromEmailAddress="conclave@example.com",
        smtpServer=HOST,
        smtpPort=server.port,
        smtpUseCredentials=True,
        smtpUserName=USER,
        smtpPassword=server.password,
        **more,
    )
    assert answer.status == 200, answer.message
    me = admin.get("/api/v1/users/current").json["id"]
    body = {"emailAddress": {"dirty": True, "value": "ada@example.com"}}
    assert admin.patch(f"/api/v1/users/{me}", body).status == 200


def waiting() -> list[Message]:
    """What lies on the queue `web`, taken."""
    sqs, url = clients.client("sqs"), connection().queue_url("web")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return [decode(one["Body"]) for one in found]


def deliver(message: Message) -> None:
    task: Any = resolve(TASKS[message.kind])
    task(message)


def posted(kind: str, **options: Any) -> Message:
    """A mail, as some change writes it down; its message."""
    desk: MailDesk = wiring.mail_desk()
    told = desk.post(kind, wiring.clock()(), **options)
    wiring.committer()(told.writes, [], told.events)
    (message,) = waiting()
    return message


BACKUP = {"backup": "b1", "at": "2026-01-15 10:00", "why": "it took longer than 1:00:00"}


def test_how_mail_leaves_is_set_and_its_password_never_answered(
    house: House, server: Server
) -> None:
    admin = house.admin
    assert admin.get(EMAIL).json["fromEmailAddress"] == ""
    for field, value in (
        ("fromEmailAddress", "nobody"),
        ("smtpServer", "a b"),
        ("smtpPort", 70_000),
        ("smtpUseSSL", False),
        ("smtpDomain", "CORP"),
    ):
        refused = patch(admin, **{field: value})
        assert refused.status == 400 and field in refused.message
    by_smtp(house, server)
    shown = admin.get(EMAIL).json
    assert (shown["smtpServer"], shown["smtpUserName"], shown["smtpPassword"]) == (HOST, USER, "")
    assert admin.get("/api/v1/configuration/general").json["email"] == shown
    moved = patch(admin, smtpServer="elsewhere.example.com")
    assert "smtpPassword anew" in moved.message, "another server would get the password"
    assert house.nobody.get(EMAIL).json["errorCode"] == "API_AccessDenied"
    lines = [detail for action, item, detail in trail() if item == "email"]
    assert len(lines) == 1 and "password" in lines[0] and server.password not in lines[0]


def test_a_mail_is_sent_once_and_its_links_lead_to_the_custom_url(
    house: House, server: Server
) -> None:
    by_smtp(house, server)
    wiring.settings().change(1, {"custom_url": URL})
    message = posted("backup-failed", facts=BACKUP)
    assert set(message.body) == {"mail"}, "a message holds ids only"
    deliver(message)
    with pytest.raises(Stale):
        deliver(message)
    (letter,) = server.letters
    assert server.readers == [["ada@example.com"]]
    assert (letter["From"], letter["Subject"]) == (
        "Conclave <conclave@example.com>",
        "Conclave: a backup failed",
    )
    text = str(letter.get_payload())
    assert f"Conclave: {URL}/" in text and "longer than 1:00:00" in text
    assert text.count("http") == 1, "no other link than the custom URL"
    shown = house.admin.get(MAILS).json
    assert (shown["isOn"], shown["via"]) == (True, "SMTP")
    assert shown["waiting"] == shown["undelivered"] == []


def test_what_is_refused_now_is_tried_again_and_what_is_refused_for_good_is_told(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_smtp(house, server)
    server.answers = ["451 later", "250 not asked"]
    message = posted("backup-failed", facts=BACKUP)
    deliver(message)
    assert server.letters == []
    (one,) = house.admin.get(MAILS).json["waiting"]
    assert (one["tries"], one["reason"]) == (1, "the SMTP server refused the mail with 451")
    server.answers = []
    deliver(message)  # as the delayed one comes
    assert len(server.letters) == 1
    server.answers = ["554 never"]
    deliver(posted("backup-failed", facts=BACKUP))
    (one,) = house.admin.get(MAILS).json["undelivered"]
    assert one["reason"].endswith("refused the mail with 554")
    (line,) = [detail for action, _, detail in trail() if action == "MAIL FAILED"]
    assert line.startswith("backup-failed: user ") and "example.com" not in line
    message = posted("backup-failed", facts=BACKUP)
    later = Time(wiring.clock()() + timedelta(days=1))
    monkeypatch.setattr("chalicelib.wiring.base.utc_now", later)
    wiring.postman.cache_clear()
    deliver(message)
    assert "could not be sent in time" in wiring.postman().undelivered()[1][0].why


def test_nothing_leaves_but_over_tls_that_was_verified(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_smtp(house, server, near=False)
    tried = house.admin.post(f"{EMAIL}/test").json
    assert (tried["success"], "too near" in tried["message"]) == (False, True)
    by_smtp(house, server)
    assert house.admin.post(f"{EMAIL}/test").json["success"] is True
    assert server.letters[-1]["To"] == "ada@example.com"
    monkeypatch.delenv("SSL_CERT_FILE")
    tried = house.admin.post(f"{EMAIL}/test").json
    assert "certificate is not good" in tried["message"]
    by_smtp(house, replace(server, password=canary()))
    tried = house.admin.post(f"{EMAIL}/test").json
    assert tried["success"] is False and len(server.letters) == 1


def test_tls_from_the_first_byte(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(tmp_path, implicit=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        by_smtp(house, server, smtpUseImplicitSSL=True)
        answer = house.admin.post(f"{EMAIL}/test").json
        assert answer["success"] is True, answer


def test_without_a_server_mail_leaves_by_ses(house: House) -> None:
    assert house.admin.get(MAILS).json["isOn"] is False
    assert wiring.mail_desk().post("backup-failed", wiring.clock()(), facts=BACKUP).writes == ()
    assert patch(house.admin, fromEmailAddress="conclave@example.com").status == 200
    me = house.admin.get("/api/v1/users/current").json["id"]
    assert "no e-mail address" in house.admin.post(f"{EMAIL}/test").json["message"]
    body = {"emailAddress": {"dirty": True, "value": "ada@example.com"}}
    house.admin.patch(f"/api/v1/users/{me}", body)
    assert "MessageRejected" in house.admin.post(f"{EMAIL}/test").json["message"]
    ses = clients.client("sesv2")
    ses.create_email_identity(EmailIdentity="conclave@example.com")
    assert house.admin.post(f"{EMAIL}/test").json["success"] is True
    deliver(posted("backup-failed", facts=BACKUP))
    assert house.admin.get(MAILS).json == {
        "isOn": True,
        "via": "SES",
        "waiting": [],
        "undelivered": [],
    }


def test_a_user_is_told_of_his_lock(house: House, server: Server) -> None:
    by_smtp(house, server)
    stranger = house.admin.signed_in("")
    form = {"grant_type": "password", "username": "bob", "password": canary()}
    (bob,) = house.admin.get("/api/v1/users?filter.searchText=bob").json["records"]
    body = {"emailAddress": {"dirty": True, "value": "bob@example.com"}}
    assert house.admin.patch(f"/api/v1/users/{bob['id']}", body).status == 200
    for _ in range(5):
        assert stranger.post("/oauth2/token", form=form).status == 400
    (message,) = waiting()
    deliver(message)
    (letter,) = server.letters
    assert letter["To"] == "bob@example.com" and "5 failed attempts" in letter.get_payload()
    assert "http" not in letter.get_payload(), "without a custom URL there is no link"


def test_whoever_dies_while_a_mail_is_sent_has_it_sent_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most one letter comes twice, under one Message-ID."""
    assert patch(house.admin, fromEmailAddress="conclave@example.com").status == 200
    me = house.admin.get("/api/v1/users/current").json["id"]
    body = {"emailAddress": {"dirty": True, "value": "ada@example.com"}}
    house.admin.patch(f"/api/v1/users/{me}", body)
    message, sent = posted("backup-failed", facts=BACKUP), list[str]()

    def send() -> None:
        postman = wiring.postman()
        replace(postman, post=lambda letter, _: sent.append(letter.id)).send(mail)

    mail = str(message.body["mail"])
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            send()
        if reaper.has_killed:
            later = wiring.clock()() + rules.LEASE
            monkeypatch.setattr("chalicelib.wiring.base.utc_now", lambda: later)
            wiring.postman.cache_clear()
            try:
                send()
            except Stale:
                assert sent, "it is over, and nobody has it"
        assert 1 <= len(sent) <= 2 and len(set(sent)) == 1
        found = wiring.postman().store.find(mail)
        assert found is not None and found.stage == "sent"


def test_words_that_were_lost_are_sent_again(house: House) -> None:
    assert patch(house.admin, fromEmailAddress="conclave@example.com").status == 200
    message = posted("backup-failed", facts=BACKUP)
    later = wiring.clock()() + timedelta(hours=1)
    assert wiring.postman().sweep(wiring.clock()()).found == 0
    assert wiring.postman().sweep(later).done == 1
    (again,) = waiting()
    assert again.body == message.body and again.id != message.id


def test_every_kind_of_mail_has_its_facts_and_pauses_grow() -> None:
    assert len({one.name for one in KINDS}) == len(KINDS)
    now = wiring.clock()()
    names = "licence ends detail backup at why secrets failures address until secret who what note"
    for kind in KINDS:
        facts = dict.fromkeys(names.split(), "x")
        made = {"code": Plain("1")} if kind.name == "login-code" else {}
        mail = Mail("m", kind, now, facts)
        letter = rules.letter(mail, Reader(1, "a@example.com"), made, URL)
        assert "{" not in letter.subject and letter.id == "m.1"
        assert kind.audience in Audience
    pauses = [int(rules.pause_after(n).total_seconds() // 60) for n in range(1, 8)]
    assert pauses == [1, 2, 4, 8, 15, 15, 15]
    tired = replace(Mail("m", KINDS[1], now), tries=rules.MOST_TRIES)
    assert not rules.may_be_tried_again(tired, now)
    assert not rules.may_be_tried_again(replace(tired, tries=1), now + timedelta(days=1))


def test_an_unknown_server_is_tried_later(house: House) -> None:
    fields = {"fromEmailAddress": "conclave@example.com", "smtpServer": "mail.invalid"}
    assert patch(house.admin, **fields).status == 200
    settings = wiring.mail_configuration().fresh()
    letter = rules.letter(Mail("m", KINDS[-1], wiring.clock()()), Reader(1, "a@b.c"), {}, "")
    with pytest.raises(Unavailable, match="no address"):
        wiring.postman().post(letter, settings)
