"""Makes a cluster's two tables under other names: for restores."""

from __future__ import annotations

import re
from contextlib import suppress

from botocore.exceptions import ClientError

from infra.aws import client
from infra.backups import RefusedError
from infra.checks import check_table
from infra.makers import make_table
from infra.template import CLUSTER_TEMPLATE, described

_WORD = re.compile(r"[a-z0-9]{1,20}")


def make_tables(cluster: str, word: str) -> dict[str, str]:
    """Tables named `conclave-<cluster>-<word>-data` and `-audit`, by short name. May be repeated.

    They are as cluster.yaml says but for being ordinary tables; CloudFormation does not own them.
    """
    if not _WORD.fullmatch(word):
        raise RefusedError("the word for the tables' names is 1 to 20 lower-case letters or digits")
    made = {}
    for table in described(CLUSTER_TEMPLATE, {"Cluster": cluster})["AWS::DynamoDB::GlobalTable"]:
        short = table["TableName"].rpartition("-")[2]
        made[short] = f"conclave-{cluster}-{word}-{short}"
        properties = {**table, "TableName": made[short]}
        _make(properties)
    return made


def _make(properties: dict[str, object]) -> None:
    """What the doctor would find is cured at once; what AWS refuses as yet, the doctor cures."""
    name = properties["TableName"]
    try:
        make_table({**properties, "TimeToLiveSpecification": None})  # not while it is being made
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUseException":
            raise
    client("dynamodb").get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
    )
    for finding in check_table(properties):
        if finding.cure is not None:
            with suppress(ClientError):
                finding.cure()
