"""The AWS clients of the operator's tools: credentials, region and endpoint of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

from chalicelib.aws import clients

DEFAULT_REGION = "us-east-1"


def client(name: str, where: str = "") -> Any:
    """The client of one service, in the caller's region or another one."""
    return _client(name, where or region(), os.environ.get("AWS_ENDPOINT_URL", ""))


def region() -> str:
    named = os.environ.get("AWS_REGION") or _session().get_config_variable("region")
    return str(named or DEFAULT_REGION)


@contextmanager
def in_region(where: str) -> Iterator[None]:
    """This process, and what it starts, acts in that region; "" leaves it where it is."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION") if where else ()
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, where))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({name: value} if value is not None else {})


def account() -> dict[str, str]:
    """CloudFormation's pseudo parameters for the caller's account and region."""
    return _account(region(), os.environ.get("AWS_ENDPOINT_URL", ""))


@cache
def _session() -> Session:
    made = get_session()
    made.register_component("data_loader", clients.models())
    return made


@cache
def _client(name: str, where: str, endpoint: str) -> Any:
    config = Config(parameter_validation=False, retries={"mode": "standard"})
    return _session().create_client(name, region_name=where, config=config)


@cache
def _account(where: str, endpoint: str) -> dict[str, str]:
    caller = client("sts").get_caller_identity()
    return {
        "AWS::AccountId": caller["Account"],
        "AWS::Partition": caller["Arn"].split(":")[1],
        "AWS::Region": where,
    }
