"""One botocore session a process, one client a service. Not boto3: it costs 45 ms of start."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session

_making = threading.Lock()  # botocore makes clients unsafely under threads

CONNECT_SECONDS = 2
READ_SECONDS = 8
"""A Lambda behind API Gateway has 29 s in all, so a hanging service must fail sooner."""

LONG_POLL_SECONDS = 25
"""What a receive may take on a queue: SQS holds one for up to 20 s."""


@cache
def session() -> Session:
    """The process's botocore session. Hooks registered on it see every call."""
    from botocore.session import get_session

    from .answers import ParserFactory

    made = get_session()
    made.register_component("response_parser_factory", ParserFactory())
    return made


def models() -> Any:
    """What botocore knows of services: every session of a process may read it from this one."""
    return session().get_component("data_loader")


def client(name: str) -> Any:
    """The process's client of one AWS service, made on first use; safe to share between threads."""
    with _making:
        return _client(name)


@cache
def _client(name: str) -> Any:
    from botocore.config import Config

    config = Config(
        user_agent=_user_agent(),  # botocore composes its own anew for every call
        parameter_validation=name != "dynamodb",
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=20,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=LONG_POLL_SECONDS if name == "sqs" else READ_SECONDS,
    )
    return session().create_client(name, config=config)


def _user_agent() -> str:
    """What AWS's own logs show of us; an application's id is given as for any SDK."""
    application = os.environ.get("AWS_SDK_UA_APP_ID")
    return f"Conclave app/{application}" if application else "Conclave"


def presigner() -> Any:
    """The client of S3 that signs addresses: it asks nothing, and its addresses name the region."""
    with _making:
        return _presigner()


@cache
def _presigner() -> Any:
    from botocore.config import Config

    config = Config(signature_version="s3v4", request_checksum_calculation="when_required")
    return session().create_client("s3", config=config)


def reset() -> None:
    """Forget session and clients: for tests, and for a process that forks."""
    _client.cache_clear()
    _presigner.cache_clear()
    session.cache_clear()
