"""Two nodes are deployed as on AWS; their packaged functions run, on mappings that agents made."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import get_session

from chalicelib.cluster.functions import FUNCTIONS, WORKERS
from infra.policies import Attempt, allows, read_policy
from tests.canary import canary, refuse
from tests.journeys import bare_ministack, project
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("deployed")

PATIENCE = 90 if "CI" in os.environ else 45  # seconds
JOB, JOB_NAME = "node-clustering", "NodeClusteringMonitor"


@dataclass(frozen=True)
class Operator:
    """Somebody with a clone of the project and an account: his commands, and what he can see."""

    folder: Path
    url: str
    seen: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "PYTHONPATH": str(self.folder / "shim"),
        }

    def command(self, module: str, *words: str, code: int = 0) -> str:
        """`python -m module words`: what it wrote."""
        done = project.run(self.folder, ["-m", module, *words], self.environment, code=code)
        return done.stdout + done.stderr

    def client(self, name: str) -> Any:
        return get_session().create_client(
            name,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(read_timeout=60, retries={"total_max_attempts": 1}),
        )

    def request(self, node: str, method: str, path: str, body: Any = None) -> Any:
        """A request as API Gateway hands it to the node's API function: (status, JSON)."""
        segments = path.strip("/").split("/")
        named = {f"s{place}": one for place, one in enumerate(segments, 1)}
        event = {
            "resource": "/" + "/".join(f"{{{name}}}" for name in named),
            "path": path,
            "httpMethod": method,
            "headers": {"content-type": "application/json", "accept": "*/*"},
            "multiValueHeaders": {},
            "pathParameters": named,
            "multiValueQueryStringParameters": None,
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
            "stageVariables": None,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": "/" + "/".join(f"{{{name}}}" for name in named),
                "path": f"/SecretServer{path}",
                "identity": {"sourceIp": "192.0.2.7"},
                "requestId": "a-request",
                "stage": "SecretServer",
            },
        }
        answer = self.client("lambda").invoke(
            FunctionName=f"conclave-{node}", Payload=json.dumps(event).encode()
        )
        told = json.loads(answer["Payload"].read())
        assert "statusCode" in told, told
        text = told["body"]
        if told.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        return told["statusCode"], json.loads(text)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    built = project.packaged(tmp_path_factory.getbasetemp())
    folder = tmp_path_factory.mktemp("clone")
    project.copy(built, folder)
    kept = built / ".chalice" / "deployments"
    (folder / ".chalice" / "deployments").mkdir()
    for package in kept.iterdir():
        os.link(package, folder / ".chalice" / "deployments" / package.name)
    (folder / "shim").mkdir()
    (folder / "shim" / "sitecustomize.py").write_text(IMPATIENT)
    name_functions(folder)
    emulator = tmp_path_factory.mktemp("emulator")
    with bare_ministack.running(emulator, free_port()) as url:
        yield Operator(folder, url, emulator / bare_ministack.SEEN)


def name_functions(folder: Path) -> None:
    """Have each function name itself in its user agent: the emulator notes who asks for what."""
    file = folder / ".chalice" / "config.json"
    config = json.loads(file.read_text("utf-8"))
    for settings in config["stages"].values():
        settings["lambda_functions"] = {
            one.name: {"environment_variables": {"AWS_SDK_UA_APP_ID": one.name}}
            for one in FUNCTIONS
        }
    file.write_text(json.dumps(config), "utf-8")


IMPATIENT = """
import time
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.3))  # what AWS needs time for, is done at once
"""


def test_two_nodes_are_deployed_work_and_are_taken_away(operator: Operator) -> None:
    # The emulator's CloudFormation drops table settings; the doctor says so, and sets them.
    told = operator.command("infra.deploy", "--stage", "node-a", code=1)
    assert "conclave-demo-data: it has no point-in-time recovery" in told
    operator.command("infra.doctor", "--fix")

    # The one-time code is in a private file, and makes the first administrator, once: the next
    # deployment offers none. With the second node nothing is left to say.
    the_code_makes_an_administrator(operator)
    assert "set-up code" not in operator.command("infra.deploy", "--stage", "node-b")
    told = operator.command("infra.doctor", "--node", "node-a", "--node", "node-b")
    assert "nothing is missing, nothing disagrees" in told
    the_agents_made_the_mappings(operator)

    # A tick: the packaged worker of one of the nodes runs it, exactly once.
    a_tick_is_run_once(operator)

    # All of it was within the policies.
    everything_was_allowed(operator)

    if os.environ.get("PROVE"):  # an update of every function: slow in the emulator
        operator.command("infra.deploy", "--stage", "node-a")

    # Another cluster may not have a node of that name.
    told = operator.command("infra.deploy", "--stage", "node-a", "--cluster", "other", code=2)
    assert "node-a is a node of cluster demo" in told

    # Taking node-b away takes all that was its own, and nothing else.
    node_b_is_taken_away(operator)


def the_agents_made_the_mappings(operator: Operator) -> None:
    client = operator.client("lambda")
    for node in ("node-a", "node-b"):
        for worker in WORKERS:
            (mapping,) = client.list_event_source_mappings(FunctionName=worker.lambda_name(node))[
                "EventSourceMappings"
            ]
            assert mapping["EventSourceArn"].endswith(f":conclave-demo-{worker.queue}")
            assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def the_code_makes_an_administrator(operator: Operator) -> None:
    file = operator.folder / ".local" / "setup-code-demo"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    asked = {"code": file.read_text(), "userName": "first", "password": canary()}
    assert operator.request("node-a", "GET", "/api/v1/setup") == (200, {"needed": True})
    wrong = {**asked, "code": "0" * 35}
    assert operator.request("node-a", "POST", "/api/v1/setup", wrong)[0] == 400
    status, made = operator.request("node-a", "POST", "/api/v1/setup", asked)
    assert (status, made["userName"]) == (200, "first")
    assert operator.request("node-a", "POST", "/api/v1/setup", asked)[0] == 409


def a_tick_is_run_once(operator: Operator) -> None:
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    sqs = operator.client("sqs")
    url = sqs.get_queue_url(QueueName="conclave-demo-background")["QueueUrl"]
    tick = json.dumps({"job": JOB_NAME, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
    for _ in range(3):  # both nodes' schedules put one, and SQS may double
        sqs.send_message(QueueUrl=url, MessageBody=tick)
    eventually(lambda: runs(operator), PATIENCE)
    eventually(lambda: is_empty(operator, url), PATIENCE)
    (run,) = runs(operator)
    refuse(json.dumps(run), "a run")


def everything_was_allowed(operator: Operator) -> None:
    """The emulator enforces no policy, so each request is put to the policy files here."""
    asked = {line for line in operator.seen.read_text("utf-8").splitlines() if line}
    seen = [json.loads(line) for line in asked]
    assert {one["function"] for one in seen} >= {"api_handler", "agent", "background"}
    refused = [
        f"{one['function']} may not {one['action']} on {one['resource']} {one['leading_key']}"
        for one in seen
        if not allows(
            read_policy(one["function"]),
            Attempt(one["action"], one["resource"], one["leading_key"], one["facts"]),
        )
    ]
    assert sorted(refused) == []


def node_b_is_taken_away(operator: Operator) -> None:
    said = operator.command("infra.deploy", "--stage", "node-b", "--undeploy", "--dry-run")
    assert len([line for line in said.splitlines() if "function" in line]) == len(FUNCTIONS)
    assert "would remove schedule conclave-demo-node-b/heartbeat" in said
    operator.command("infra.deploy", "--stage", "node-b", "--undeploy")
    assert operator.command("infra.deploy", "--stage", "node-b", "--undeploy", "--dry-run") == ""
    left = operator.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert len(left) == len(WORKERS)
    (layer,) = operator.client("lambda").list_layers()["Layers"]
    assert layer["LayerName"] == "conclave-node-a-managed-layer"
    told = operator.command("infra.doctor", "--node", "node-a")
    assert "nothing is missing, nothing disagrees" in told


def runs(operator: Operator) -> list[Any]:
    """The finished runs of the job."""
    answer = operator.client("dynamodb").query(
        TableName="conclave-demo-data",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :run)",
        ExpressionAttributeValues={":pk": {"S": f"job#{JOB}"}, ":run": {"S": "run#"}},
        ConsistentRead=True,
    )
    return list(answer["Items"])


def is_empty(operator: Operator, url: str) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = operator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return all(int(count) == 0 for count in asked["Attributes"].values())
