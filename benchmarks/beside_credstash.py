"""Secrets read one after another on the local run, beside credstash on the same emulator.

credstash is called as its documentation says, `getSecret(name)`, and once more with the clients of
AWS made beforehand. Both read what they wrote; blocks of reads alternate, so that whatever else the
machine does falls on all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .budget import Measured

SECRETS = 1_000
BLOCK = 50
REGION = "us-east-1"
TABLE, KEY = "credential-store", "alias/credstash"


def ratio(scratch: Path) -> Measured:
    """Reads a second through Conclave by those through credstash."""
    from tests.localrun.whole_run import a_run

    with a_run(scratch) as run:
        run.start()
        facts = {**run.facts, "node": run.facts["nodes"][0]["base_url"]}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.beside_credstash"],
            input=json.dumps(facts),
            env={**os.environ, **_environment(facts["aws_endpoint_url"])},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    conclave, credstash, prepared = json.loads(done.stdout.splitlines()[-1])
    parts = ", ".join(
        f"{SECRETS / seconds:.0f} reads a second {by}"
        for by, seconds in (
            ("by Conclave", conclave),
            ("by credstash", credstash),
            ("by credstash with its clients made beforehand", prepared),
        )
    )
    return Measured(credstash / conclave, parts)


def _environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "PYTHONPATH": "clients/python",
    }


def _readers(facts: dict[str, Any]) -> Iterator[Callable[[int], object]]:
    """What reads one of the secrets, by its number: Conclave, credstash, credstash prepared."""
    import boto3
    import credstash
    from conclave_client.client import Client

    dynamodb, kms = boto3.resource("dynamodb"), boto3.client("kms")
    credstash.createDdbTable(REGION, TABLE)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=KEY, TargetKeyId=key)
    client = Client.log_in(facts["node"], facts["username"], facts["password"])
    ids = []
    for number in range(SECRETS):
        value = os.urandom(12).hex()
        credstash.putSecret(_name(number), value, 1, KEY, REGION, dynamodb=dynamodb, kms=kms)
        fields = {"resource": "bench", "username": _name(number), "password": value}
        ids.append(client.create(_name(number), "Password", fields))
    yield lambda number: client.secret(ids[number])
    yield lambda number: credstash.getSecret(_name(number), region=REGION)
    yield lambda number: credstash.getSecret(_name(number), dynamodb=dynamodb, kms=kms)


def _name(number: int) -> str:
    return f"secret-{number}"


def main() -> int:
    readers = list(_readers(json.load(sys.stdin)))
    seconds = [0.0] * len(readers)
    for start in range(0, SECRETS, BLOCK):
        for which, read in enumerate(readers):
            begun = time.perf_counter()
            for number in range(start, start + BLOCK):
                read(number)
            seconds[which] += time.perf_counter() - begun
    print(json.dumps(seconds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
