"""What happens between requests: engines, mail, licences, and work that lies on a queue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import app
from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.catalogue import BY_SLUG
from chalicelib.cluster.node import Made, Node, Stamp
from chalicelib.cluster.store import Nodes
from chalicelib.core.tick import Tally
from tests.backup.conftest import Kept
from tests.client import Client, Context
from tests.cluster.signer import LicenceSigner, set_signer
from tests.recovery.test_gate import become_replica
from tests.sites.test_api import Engine


def node_is_seen(_: dict[str, Any]) -> None:
    """Its agent's stamp, which was made now."""
    said = Stamp(datetime.now(UTC), "", 1, "", None, "")
    wiring.committer()([Nodes().create(Node(1, "node-a", said, Made()))])


def jobs_have_run(_: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    for slug in ("heartbeat", "local-password-change"):
        wiring.jobs().run(BY_SLUG[slug], now, now, now, lambda _: Tally(1, 1))


def backup_is_made(_: dict[str, Any]) -> None:
    Kept().back_up()


def follows_another(_: dict[str, Any]) -> None:
    become_replica()


def engine_registers(known: dict[str, Any]) -> None:
    engine = Engine(Client(app.app))
    engine.register()
    known["<engine>"] = engine.id


def mails_are_sent(_: dict[str, Any]) -> None:
    client("sesv2").create_email_identity(EmailIdentity="conclave@example.com")


def signer_is_set(_: dict[str, Any]) -> None:
    set_signer(LicenceSigner().public)


def web_works(_: dict[str, Any]) -> None:
    """Whatever lies on the queue for bulk operations, imports, exports."""
    sqs, url, number = client("sqs"), connection().queue_url("web"), 0
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        records = []
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            number += 1
            records.append(
                {
                    "messageId": f"message-{number}",
                    "body": one["Body"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": connection().queue_arn("web"),
                }
            )
        assert app.web({"Records": records}, Context()) == {"batchItemFailures": []}
