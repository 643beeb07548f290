"""Makes, updates and deletes CloudFormation stacks, and waits until each has ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.aws import client

PATIENCE = timedelta(minutes=20)
_NEVER_MADE = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_FAILED")
"""A stack in these states holds nothing that can be updated: it is deleted and made anew."""


class StackFailedError(Exception):
    """CloudFormation did not do what was asked; the text says why, resource by resource."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by name, the page it is made from, and the page's parameters.

    A parameter that is not given keeps the value that the stack has, or else its default.
    """

    name: str
    template: Path
    parameters: Mapping[str, str]

    def apply(self) -> bool:
        """Create or update, and wait. False when there was nothing to change. May be repeated."""
        state = self.state()
        if state in _NEVER_MADE:
            self.delete()
            state = ""
        try:
            self._start(exists=bool(state))
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise
        self._wait("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return True

    def is_made(self) -> bool:
        """Whether there is such a stack, which keeps what it was made with."""
        return self.state() not in ("", *_NEVER_MADE)

    def delete(self) -> None:
        """Delete and wait; what the page retains stays. May be repeated."""
        if self.state():
            client("cloudformation").update_termination_protection(
                StackName=self.name, EnableTerminationProtection=False
            )
            client("cloudformation").delete_stack(StackName=self.name)
            self._wait("", "DELETE_COMPLETE")

    def state(self) -> str:
        """CloudFormation's status; "" when there is no such stack."""
        try:
            found = client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return ""
            raise
        status = str(found[0]["StackStatus"]) if found else ""
        return "" if status == "DELETE_COMPLETE" else status

    def _start(self, exists: bool) -> None:
        begin = client("cloudformation").update_stack if exists else self._create
        begin(
            StackName=self.name,
            TemplateBody=self.template.read_text("utf-8"),
            Parameters=[*self._given(), *(self._kept() if exists else [])],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )

    def _given(self) -> list[dict[str, Any]]:
        given = self.parameters.items()
        return [{"ParameterKey": name, "ParameterValue": value} for name, value in given]

    def _kept(self) -> list[dict[str, Any]]:
        found = client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        held = [one["ParameterKey"] for one in found.get("Parameters", [])]
        kept = [name for name in held if name not in self.parameters]
        return [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]

    def _create(self, **asked: Any) -> None:
        client("cloudformation").create_stack(**asked, EnableTerminationProtection=True)

    def _wait(self, *wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE.total_seconds()
        pause = 0.2
        while (state := self.state()) not in wanted:
            if not state.endswith("_IN_PROGRESS"):
                raise StackFailedError(f"stack {self.name} is {state}: {self._reasons()}")
            if time.monotonic() > deadline:
                raise StackFailedError(f"stack {self.name} is still {state} after {PATIENCE}")
            time.sleep(pause)
            pause = min(5.0, pause * 1.5)

    def _reasons(self) -> str:
        events = client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [one for one in events if one["ResourceStatus"].endswith("_FAILED")]
        return "; ".join(
            f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '?')}" for one in failed
        )
