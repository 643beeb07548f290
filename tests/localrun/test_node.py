"""A node process on the emulator: mappings obeyed, partial batches honoured, invocations run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.localrun.api import Api
from infra.localrun.aws_api import LocalAws, environment
from infra.localrun.emulator import Emulator
from infra.localrun.settings import ROOT
from tests.ports import free_port
from tests.waiting import eventually

PARTIAL = ["ReportBatchItemFailures"]


@dataclass(frozen=True, slots=True)
class Running:
    """A node with the tiny app, and what its functions noted."""

    aws: LocalAws
    notes: Path
    process: "subprocess.Popen[bytes]"

    def noted(self, function: str) -> list[str]:
        path = self.notes / function
        return path.read_text().splitlines() if path.exists() else []

    def queue(self, name: str, visibility: int = 30) -> tuple[str, str]:
        attributes = {"VisibilityTimeout": str(visibility)}
        url = self.aws.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"

    def map(self, function: str, arn: str, **more: Any) -> str:
        made = self.aws.lambdas.create_event_source_mapping(
            FunctionName=f"conclave-node-x-{function}", EventSourceArn=arn, **more
        )
        eventually(lambda: self.state(made["UUID"]) in ("Enabled", "Disabled"))
        return str(made["UUID"])

    def state(self, mapping: str) -> str:
        return str(self.aws.lambdas.get_event_source_mapping(UUID=mapping)["State"])

    def switch(self, mapping: str, *, on: bool) -> None:
        self.aws.lambdas.update_event_source_mapping(UUID=mapping, Enabled=on)
        eventually(lambda: self.state(mapping) == ("Enabled" if on else "Disabled"))


@pytest.fixture(scope="module")
def node(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    notes, port = tmp_path_factory.mktemp("notes"), free_port()
    where = ["--name", "node-x", "--port", str(port), "--aws", aws.url]
    command = [sys.executable, "-m", "infra.localrun.node", *where]
    environ = {**environment(aws.url), "NOTES": str(notes), "CLUSTER": "demo"}
    with (notes / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--app", "tests.localrun.tiny_app"],
            cwd=ROOT,
            env={**environ, "PYTHONPATH": str(ROOT)},
            stderr=log,
        )
    Api(f"http://127.0.0.1:{port}/SecretServer").wait(20)
    yield Running(aws, notes, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0


def test_the_agent_runs_when_the_node_starts(node: Running) -> None:
    eventually(lambda: node.noted("agent") == ["aws.events"])


def test_a_mapping_that_is_off_feeds_nobody(node: Running) -> None:
    url, arn = node.queue("switched")
    mapping = node.map("background", arn, Enabled=False, FunctionResponseTypes=PARTIAL)
    node.aws.sqs.send_message(QueueUrl=url, MessageBody="s-1")
    time.sleep(1.5)
    assert "s-1" not in node.noted("background")
    node.switch(mapping, on=True)
    eventually(lambda: "s-1" in node.noted("background"))
    node.switch(mapping, on=False)
    time.sleep(1.2)
    node.aws.sqs.send_message(QueueUrl=url, MessageBody="s-2")
    time.sleep(2.5)
    assert "s-2" not in node.noted("background")
    message = node.aws.sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert message["Body"] == "s-2"


def test_only_the_failed_messages_of_a_batch_come_again(node: Running) -> None:
    url, arn = node.queue("partial", visibility=2)
    node.map("background", arn, FunctionResponseTypes=PARTIAL, BatchSize=10)
    bodies = ["fail-p", *(f"p-{number}" for number in range(5))]
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
    node.aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    eventually(lambda: node.noted("background").count("fail-p") >= 2)
    assert [node.noted("background").count(f"p-{number}") for number in range(5)] == [1] * 5


def test_without_the_flag_the_answer_is_ignored_and_all_is_deleted(node: Running) -> None:
    url, arn = node.queue("unflagged", visibility=1)
    node.map("background", arn)
    node.aws.sqs.send_message(QueueUrl=url, MessageBody="fail-u")
    eventually(lambda: "fail-u" in node.noted("background"))
    time.sleep(2.5)
    assert node.noted("background").count("fail-u") == 1


def test_an_asynchronous_invocation_runs_in_the_node(node: Running) -> None:
    answer = node.aws.lambdas.invoke(
        FunctionName="conclave-node-x-web",
        InvocationType="Event",
        Payload=json.dumps({"poke": 1}).encode(),
    )
    assert answer["StatusCode"] == 202
    eventually(lambda: '{"poke": 1}' in node.noted("web"), patience=2)


def test_a_synchronous_invocation_gives_the_result(node: Running) -> None:
    answer = node.aws.lambdas.invoke(
        FunctionName="arn:aws:lambda:us-east-1:000000000000:function:conclave-node-x-web",
        Payload=b'{"a": 2}',
    )
    value = json.load(answer["Payload"])
    assert value == {"echoed": {"a": 2}, "name": "conclave-node-x-web"}
    failed = node.aws.lambdas.invoke(FunctionName="conclave-node-x-background", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled"


def test_functions_are_shown_as_lambda_shows_them(node: Running) -> None:
    shown = node.aws.lambdas.get_function_configuration(FunctionName="conclave-node-x-background")
    assert shown["Timeout"] == 60
    assert node.aws.lambdas.get_function(FunctionName="conclave-node-x")["Configuration"]
    names = [one["FunctionName"] for one in node.aws.lambdas.list_functions()["Functions"]]
    assert "conclave-node-x-agent" in names
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        node.aws.lambdas.get_function(FunctionName="conclave-node-z")


def test_mappings_are_listed_by_function_and_by_queue(node: Running) -> None:
    _, arn = node.queue("listed")
    mapping = node.map("web", arn, Enabled=False, ScalingConfig={"MaximumConcurrency": 3})
    by_queue = node.aws.lambdas.list_event_source_mappings(EventSourceArn=arn)
    by_function = node.aws.lambdas.list_event_source_mappings(FunctionName="conclave-node-x-web")
    for found in (by_queue, by_function):
        assert [one["UUID"] for one in found["EventSourceMappings"]] == [mapping]
    assert by_queue["EventSourceMappings"][0]["ScalingConfig"] == {"MaximumConcurrency": 3}
    with pytest.raises(ClientError, match="ResourceConflictException"):
        node.map("web", arn)
    node.aws.lambdas.delete_event_source_mapping(UUID=mapping)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        node.aws.lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)
    eventually(
        lambda: (
            not node.aws.lambdas.list_event_source_mappings(EventSourceArn=arn)[
                "EventSourceMappings"
            ]
        )
    )


def test_a_child_ends_when_its_parent_is_killed(own_emulator: Emulator, tmp_path: Path) -> None:
    node = ["infra.localrun.node", "--name", "node-y", "--port", str(free_port())]
    program = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'infra.localrun.child', str(os.getpid())]\n"
        "print(subprocess.Popen([*command, *sys.argv[1:]]).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    app = ["--aws", own_emulator.url, "--app", "tests.localrun.tiny_app"]
    environ = {**environment(own_emulator.url), "NOTES": str(tmp_path), "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, *node, *app],
        cwd=ROOT,
        env={**environ, "CLUSTER": "demo"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    eventually((tmp_path / "agent").exists)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not _is_alive(child))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().split(")")[1].split()[0] == "Z")
