"""The emulator's services as botocore clients, for the launcher and the nodes' pollers."""

import os
from functools import cached_property
from typing import Any

from infra.localrun.ministack_edge import REGION

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_NEVER_PASSED_ON = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")


def environment(url: str) -> dict[str, str]:
    """What makes any AWS SDK in a child process talk to the emulator, and to nothing else."""
    kept = {name: value for name, value in os.environ.items() if name not in _NEVER_PASSED_ON}
    return {**kept, **CREDENTIALS, "AWS_ENDPOINT_URL": url}


class LocalAws:
    """One client a service; clients may be used by many threads."""

    def __init__(self, url: str) -> None:
        from botocore.session import get_session

        from chalicelib.aws import clients

        self.url = url
        self._session = get_session()
        self._session.register_component("data_loader", clients.models())
        self._session.set_credentials("local", "local")

    def client(self, service: str) -> Any:
        from botocore.config import Config

        config = Config(max_pool_connections=50, retries={"total_max_attempts": 2}, read_timeout=30)
        return self._session.create_client(
            service, region_name=REGION, endpoint_url=self.url, config=config
        )

    @cached_property
    def scheduler(self) -> Any:
        return self.client("scheduler")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def lambdas(self) -> Any:
        return self.client("lambda")

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")
