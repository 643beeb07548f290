"""The sweep of the outbox: what was committed is sent, whatever else cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.bus import Outgoing
from chalicelib.aws.commit import OutboxRow, outbox_key, outbox_row
from chalicelib.aws.connection import connection
from chalicelib.aws.table import fetch
from chalicelib.core.messages import decode, message
from chalicelib.core.tick import Tally
from chalicelib.events import service

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2)
GONE = "site-4711"


def forgotten(number: int, queue: str) -> str:
    """A message that a process committed and did not send before it died."""
    id = f"{number:032x}"
    at = NOON + timedelta(microseconds=number)
    row = outbox_row(Outgoing(queue, message(id, "test", at, timedelta(minutes=20), {})))
    row.save()
    return id


def arrived(queue: str = "background") -> list[str]:
    taken = clients.client("sqs").receive_message(
        QueueUrl=connection().queue_url(queue), MaxNumberOfMessages=10
    )
    return [decode(one["Body"]).id for one in taken.get("Messages", [])]


def is_kept(id: str) -> bool:
    return fetch(OutboxRow, *outbox_key(id)) is not None


@pytest.mark.usefixtures("aws")
def test_a_message_that_cannot_be_sent_holds_up_no_other() -> None:
    stuck, fine = forgotten(1, GONE), forgotten(2, "background")
    assert wiring.outbox().sweep(LATER) == Tally(found=2, done=1, failed=1)
    assert arrived() == [fine]
    assert (is_kept(stuck), is_kept(fine)) == (True, False)


@pytest.mark.usefixtures("aws")
def test_what_cannot_be_sent_is_dropped_once_it_has_expired() -> None:
    stuck = forgotten(1, GONE)
    assert wiring.outbox().sweep(NOON + timedelta(hours=1)) == Tally(found=1)
    assert not is_kept(stuck)


@pytest.mark.usefixtures("aws")
def test_a_row_that_is_no_message_holds_up_no_other() -> None:
    broken, fine = forgotten(1, "background"), forgotten(2, "background")
    OutboxRow(*outbox_key(broken)).update([OutboxRow.message.set("{}")])
    assert wiring.outbox().sweep(LATER).done == 1
    assert arrived() == [fine]


@pytest.mark.usefixtures("aws")
def test_a_slice_goes_on_behind_those_that_are_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    for number in range(2):
        forgotten(number, GONE)
    fine = forgotten(2, "background")
    first = wiring.outbox().sweep(LATER)
    assert (first.failed, bool(first.cursor)) == (2, True)
    assert wiring.outbox().sweep(LATER, first.cursor) == Tally(found=1, done=1)
    assert arrived() == [fine]
