"""The actions that each function was seen to use are those of its policy: none missing or unused.

Together with tests/infra/test_policies.py, which knows what no function may have.
"""

from __future__ import annotations

import json

import pytest

from chalicelib.catalogue import TASKS
from chalicelib.cluster.functions import FUNCTIONS
from infra.policies import Attempt, Policy, policy_file, written_for
from tests import moto_speed

from .every_function import every_function
from .live_node import Node
from .seen import missing, unused

pytestmark = pytest.mark.xdist_group("policies")

ALL = [one.name for one in FUNCTIONS]


@pytest.fixture(scope="module")
def node() -> Node:
    """A node whose functions have done all that they do."""
    moto_speed.quicken()
    return every_function()


def policy(function: str, node: Node) -> Policy:
    text = written_for(node.seen.cluster, policy_file(function).read_text("utf-8"))
    found: Policy = json.loads(text)
    return found


@pytest.mark.parametrize("function", ALL)
def test_nothing_that_a_function_does_is_missing(function: str, node: Node) -> None:
    found = missing(function, policy(function, node), node.seen.attempts(function))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("function", ALL)
def test_nothing_is_allowed_that_a_function_does_not_do(function: str, node: Node) -> None:
    found = unused(function, policy(function, node), node.seen.attempts(function))
    assert not found, "\n".join(found)


def test_every_kind_of_message_was_done(node: Node) -> None:
    assert {kind for _, kind in node.delivered} >= set(TASKS)


SEND = Attempt("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:conclave-demo-web")
GATE = Attempt("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/conclave-demo-data", "gate")
KEYS = Attempt(GATE.action, GATE.resource, "keyring")


def rule(action: str, resource: str, *keys: str) -> Policy:
    leading = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(keys)}} if keys else {}
    one = {"Sid": "Rule", "Effect": "Allow", "Action": [action], "Resource": [resource]}
    return {"Statement": [{**one, "Condition": leading}]}


def test_what_is_missing_names_function_action_and_file() -> None:
    gate_only = rule(GATE.action, "arn:aws:dynamodb:*:*:table/conclave-demo-*data", "gate")
    (found,) = missing("web", gate_only, [GATE, KEYS])
    assert found.startswith("web does dynamodb:GetItem on arn:aws:dynamodb:us-east-1:1:table/")
    assert found.endswith(", rows keyring: allow it in .chalice/policy-web.json")
    assert len(missing("web", gate_only, [SEND])) == 1


def test_what_is_unused_names_them_too_down_to_the_rows() -> None:
    both = rule(GATE.action, "arn:aws:dynamodb:*:*:table/conclave-demo-*data", "gate", "keyring")
    assert unused("web", both, [GATE, KEYS]) == []
    (found,) = unused("web", both, [GATE])
    assert found.startswith(".chalice/policy-web.json, Rule: web was not seen to do dynamodb:Get")
    assert "rows keyring" in found
    elsewhere = rule(SEND.action, "arn:aws:sqs:*:*:conclave-demo-recording")
    assert len(unused("web", elsewhere, [SEND])) == 1
