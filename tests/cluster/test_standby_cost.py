"""What it costs to be sent away by a node that is not in the cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.cluster.gate import STANDBY
from chalicelib.cluster.store import Gates
from tests.calls import AwsCall, recording
from tests.client import Client
from tests.house import open_house


@pytest.mark.usefixtures("aws")
def test_a_redirect_and_a_refusal_add_no_call_to_the_read_of_the_gate() -> None:
    admin = open_house().admin
    browser = replace(admin.signed_in(""), headers={"accept": "text/html"})
    before = Gates().fetch()
    found, page = _asked(admin, 200), _asked(browser, 404, "/anything")
    wiring.committer()([Gates().rewrite(before, replace(before, nodes={"node-a": STANDBY}))])
    refused, redirected = _asked(admin, 503), _asked(browser, 302, "/anything")
    assert redirected == page == [AwsCall("dynamodb", "GetItem")]
    assert refused == found == [AwsCall("dynamodb", "BatchGetItem")]


def _asked(client: Client, status: int, path: str = "/api/v1/version") -> list[AwsCall]:
    """The calls of a request, of a process that is warm."""
    client.get(path)
    with recording() as calls:
        assert client.get(path).status == status
    return calls.seen
