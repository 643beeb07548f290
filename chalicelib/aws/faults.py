"""Turns what botocore and pynamodb raise into the errors that the rest of Conclave knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.core.errors import Conflict, Unavailable

CONDITION = "ConditionalCheckFailedException"
CANCELLED = "TransactionCanceledException"
CONTENDED = "TransactionConflictException"


@contextmanager
def known_faults(doing: str) -> Iterator[None]:
    """A failed condition becomes Conflict, everything else that AWS says becomes Unavailable.

    The cause stays in the traceback for operators; its text, which may quote a request, stays out
    of ours.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from pynamodb.exceptions import PynamoDBException

    try:
        yield
    except PynamoDBException as error:
        raise _fault(doing, error.cause_response_code or type(error).__name__) from error
    except ClientError as error:
        raise _fault(doing, error.response.get("Error", {}).get("Code", "unknown")) from error
    except BotoCoreError as error:
        raise _fault(doing, type(error).__name__) from error


def _fault(doing: str, code: str) -> Conflict | Unavailable:
    if code in (CONDITION, CANCELLED, CONTENDED):
        return Conflict()
    return Unavailable(f"{doing} failed: {code}")
