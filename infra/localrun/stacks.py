"""Makes the cluster's and the nodes' resources in the emulator, by CloudFormation as on AWS."""

import hashlib
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.localrun.settings import ROOT

_CLUSTER = ROOT / "infra" / "cluster.yaml"
_NODE = ROOT / "infra" / "node.yaml"


class StackFailedError(Exception):
    """CloudFormation did not make or change the stack; the text says which resource, and why."""


def make_cluster(cloudformation: Any, cluster: str) -> bool:
    """Create or update; False when the template is the one last applied."""
    return _make(cloudformation, f"conclave-{cluster}", _CLUSTER, {"Cluster": cluster})


def make_node(cloudformation: Any, cluster: str, node: str) -> bool:
    values = {"Cluster": cluster, "Node": node}
    return _make(cloudformation, f"conclave-{cluster}-{node}", _NODE, values)


def _make(cloudformation: Any, name: str, template: Path, values: dict[str, str]) -> bool:
    request = _request(name, template.read_text(), values)
    stack = _stack(cloudformation, name)
    if stack is None:
        cloudformation.create_stack(**request)
    elif request["Tags"][0] in stack.get("Tags", []) or not _updates(cloudformation, request):
        return False
    _wait(cloudformation, name)
    return True


def _request(name: str, template: str, values: dict[str, str]) -> dict[str, Any]:
    """With the template's digest as a tag, so that a start can see that nothing has changed."""
    return {
        "StackName": name,
        "TemplateBody": template,
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "template", "Value": hashlib.sha256(template.encode()).hexdigest()}],
    }


def _stack(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _updates(cloudformation: Any, request: dict[str, Any]) -> bool:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates" in str(error):
            return False
        raise
    return True


def _wait(cloudformation: Any, name: str, patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while True:
        stack = _stack(cloudformation, name) or {}
        status = stack.get("StackStatus", "")
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("IN_PROGRESS") or time.monotonic() > deadline:
            raise StackFailedError(f"{name} is {status}: {_reasons(cloudformation, name)}")
        time.sleep(0.1)


def _reasons(cloudformation: Any, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if "FAILED" in event["ResourceStatus"]]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed
    )
