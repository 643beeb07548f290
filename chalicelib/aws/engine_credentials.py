"""Queue credentials for an engine: 15 minutes, its site's queues only, and they confer only ids."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import clients
from .connection import connection
from .faults import known_faults

SECONDS = 900  # the least STS gives; an hour is the limit for chained roles

TAKE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials. Never logged, never stored by the server."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime


class EngineDesk:
    """Where an engine's queues are, and what lets it reach them."""

    def issue(self, engine_id: int, take: tuple[str, ...], send: tuple[str, ...]) -> Credentials:
        """Credentials to take from some queues, send to others (short names). One STS call."""
        with known_faults("issuing queue credentials"):
            made = clients.client("sts").assume_role(
                RoleArn=connection().engine_role_arn,
                RoleSessionName=f"engine-{engine_id}",
                DurationSeconds=SECONDS,
                Policy=json.dumps(policy(take, send)),
            )["Credentials"]
        return Credentials(
            made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], made["Expiration"]
        )

    def queue_url(self, name: str) -> str:
        return connection().queue_url(name)

    def region(self) -> str:
        return connection().region

    def endpoint(self) -> str | None:
        """Where engines reach SQS if not at AWS's own address: the local run's emulator."""
        return os.environ.get("AWS_ENDPOINT_URL_SQS") or os.environ.get("AWS_ENDPOINT_URL") or None


def policy(take: tuple[str, ...], send: tuple[str, ...]) -> dict[str, Any]:
    """The session policy, which narrows the engines' role to this engine's site."""
    arn = connection().queue_arn
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": TAKE, "Resource": [arn(name) for name in take]},
            {
                "Effect": "Allow",
                "Action": ["sqs:SendMessage"],
                "Resource": [arn(name) for name in send],
            },
        ],
    }
