"""What each function was seen to ask of AWS, and how that compares with its policy.

A function is a process of its own: when another one's turn comes, everything that this process
remembers of the cluster is forgotten, so that a cold start's calls are seen as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib import wiring
from chalicelib.aws import connection
from chalicelib.cluster.backbone import QUEUES
from chalicelib.cluster.functions import FUNCTIONS, Function
from infra.policies import Attempt, Policy, allows, as_list, policy_file, statements
from tests.calls import AwsCall
from tests.permissions import HERE, needed

LEADING_KEYS = "dynamodb:LeadingKeys"


@dataclass
class Seen:
    """`function` is whose process this is; "" while it is a person's or the test's."""

    cluster: str
    function: str = ""
    _attempts: dict[str, dict[object, Attempt]] = field(default_factory=dict)
    _last: str = ""

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        if function != self._last:
            connection.reset()
            wiring.reset()
        self._last, before = function, self.function
        self.function = function
        try:
            yield
        finally:
            self.function = before

    def listen(self, call: AwsCall, said: Mapping[str, Any]) -> None:
        """A listener for tests.calls."""
        if self.function:
            self.add(self.function, needed(call, said, self.cluster))

    def add(self, function: str, attempts: Iterable[Attempt]) -> None:
        known = self._attempts.setdefault(function, {})
        for one in attempts:
            known[one.action, one.resource, one.leading_key, *one.facts.items()] = one

    def attempts(self, function: str) -> list[Attempt]:
        """What the function was seen to ask for, each once."""
        return list(self._attempts.get(function, {}).values())

    def add_lambdas_own(self) -> None:
        """What Lambda itself does by a function's role: log, and take from its queue."""
        for function in FUNCTIONS:
            self.add(function.name, lambdas_own(function, self.cluster))


def lambdas_own(function: Function, cluster: str) -> Iterator[Attempt]:
    """Of the backbone bus also from each node's own queues: this one's, and those it helps with."""
    group = f"arn:aws:logs:{HERE}:log-group:/aws/lambda/{function.lambda_name('node-a')}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Attempt(action, f"{group}:log-stream:x")
    own = [f"node-b-{function.queue}"] if function.queue in QUEUES else []
    for name in filter(None, [function.queue, *own]):
        queue = f"arn:aws:sqs:{HERE}:conclave-{cluster}-{name}"
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            yield Attempt(f"sqs:{action}", queue)


def missing(function: str, policy: Policy, attempts: Sequence[Attempt]) -> list[str]:
    """What the function does and its policy does not allow."""
    return [
        f"{function} does {_told(one)}: allow it in {_named(function)}"
        for one in attempts
        if not allows(policy, one)
    ]


def unused(function: str, policy: Policy, attempts: Sequence[Attempt]) -> list[str]:
    """What the policy allows and the function was not seen to do: each action on each resource."""
    return [
        f"{_named(function)}, {part['Sid']}: {function} was not seen to do {_said(part)}: "
        "take it out, or let tests/infra/every_function.py do what needs it"
        for statement in statements(policy)
        for part in _parts(statement)
        if not any(allows({"Statement": [part]}, one) for one in attempts)
    ]


def _parts(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statement once for each action, resource and leading key that it names."""
    for action in as_list(statement["Action"]):
        for resource in as_list(statement["Resource"]):
            for condition in _conditions(statement.get("Condition", {})):
                yield {**statement, "Action": action, "Resource": resource, "Condition": condition}


def _conditions(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for test, facts in condition.items():
        if LEADING_KEYS in facts:
            for key in as_list(facts[LEADING_KEYS]):
                yield {**condition, test: {**facts, LEADING_KEYS: key}}
            return
    yield condition


def _told(attempt: Attempt) -> str:
    rows = f", rows {attempt.leading_key}" if attempt.leading_key else ""
    return f"{attempt.action} on {attempt.resource}{rows}"


def _said(part: Mapping[str, Any]) -> str:
    keys = [facts[LEADING_KEYS] for facts in part["Condition"].values() if LEADING_KEYS in facts]
    return _told(Attempt(part["Action"], part["Resource"], keys[0] if keys else ""))


def _named(function: str) -> str:
    return f".chalice/{policy_file(function).name}"
