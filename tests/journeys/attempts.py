"""What IAM would be asked for each AWS request that a deployed function makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from infra.policies import Attempt
from tests import permissions
from tests.permissions import HERE

_FUNCTION = re.compile(r"\bapp/([a-z_]+)")
_REST = (
    ("GET", r"/2015-03-31/event-source-mappings/?", "lambda:ListEventSourceMappings"),
    ("POST", r"/2015-03-31/event-source-mappings/?", "lambda:CreateEventSourceMapping"),
    ("PUT", r"/2015-03-31/event-source-mappings/[^/]+", "lambda:UpdateEventSourceMapping"),
    ("DELETE", r"/2015-03-31/event-source-mappings/[^/]+", "lambda:DeleteEventSourceMapping"),
    ("POST", r"/2015-03-31/functions/([^/]+)/invocations", "lambda:InvokeFunction"),
    ("GET", r"/schedules/?", "scheduler:ListSchedules"),
    ("GET", r"/schedules/([^/]+)", "scheduler:GetSchedule"),
    ("POST", r"/schedules/([^/]+)", "scheduler:CreateSchedule"),
    ("PUT", r"/schedules/([^/]+)", "scheduler:UpdateSchedule"),
    ("DELETE", r"/schedules/([^/]+)", "scheduler:DeleteSchedule"),
)


@dataclass(frozen=True)
class Asked:
    """One request: who made it (the function's name), and what it says."""

    function: str
    method: str
    path: str
    query: str
    target: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


def function_in(user_agent: str) -> str:
    """The function that the test's configuration put into its own user agent; "" for others.

    The chalice command takes on the API's environment to load the app.
    """
    found = _FUNCTION.search(user_agent)
    return found[1] if found and not user_agent.startswith("aws-chalice") else ""


def attempts(asked: Asked) -> Iterator[Attempt]:
    """The permissions that the request needs; at least one."""
    service, _, operation = asked.target.partition(".")
    if service.startswith("DynamoDB"):
        yield from permissions.rows(operation, asked.json)
    elif service == "AmazonSQS":
        yield from permissions.queues(operation, asked.json)
    elif service == "TrentService":
        alias = {"kms:ResourceAliases": "alias/conclave-demo"}
        yield Attempt(f"kms:{operation}", f"arn:aws:kms:{HERE}:key/x", facts=alias)
    elif service == "AmazonSSM":
        name = asked.json["Name"]
        yield Attempt(f"ssm:{operation}", f"arn:aws:ssm:{HERE}:parameter{name}")
    elif asked.target:
        yield Attempt(f"{service.lower()}:{operation}", "*")
    else:
        yield from _rest(asked)


def _rest(asked: Asked) -> Iterator[Attempt]:
    for method, pattern, action in _REST:
        found = re.fullmatch(pattern, asked.path)
        if found and method == asked.method:
            yield Attempt(action, *_place(action, found, asked))
            if action in ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"):
                to = {"iam:PassedToService": "scheduler.amazonaws.com"}
                yield Attempt("iam:PassRole", asked.json["Target"]["RoleArn"], facts=to)
            return
    (action,) = parse_qs(asked.body.decode()).get("Action", [f"{asked.method} {asked.path}"])
    yield Attempt(f"sts:{action}", "*")


def _place(action: str, found: re.Match[str], asked: Asked) -> tuple[str, str, dict[str, str]]:
    """Resource, leading key, and facts of a REST request."""
    if action == "lambda:InvokeFunction":
        return f"arn:aws:lambda:{HERE}:function:{unquote(found[1])}", "", {}
    if action.endswith("EventSourceMapping"):
        named = asked.json.get("FunctionName", "conclave-of-the-mapping") if asked.body else ""
        function = f"arn:aws:lambda:{HERE}:function:{named or 'conclave-of-the-mapping'}"
        return f"arn:aws:lambda:{HERE}:event-source-mapping:x", "", {"lambda:FunctionArn": function}
    if found.groups():
        group = asked.json.get("GroupName") or parse_qs(asked.query).get("groupName", [""])[0]
        return f"arn:aws:scheduler:{HERE}:schedule/{group}/{unquote(found[1])}", "", {}
    return "*", "", {}
