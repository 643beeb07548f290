"""Points a cluster at other tables: `make connection CLUSTER=main DATA=<table> AUDIT=<table>`.

The guide's "Reset the database connection". Without tables it says which ones the cluster uses.
Functions that are running follow within five minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws import client
from infra.checks import read_connection
from infra.finding import MissingError, missing_is_known
from infra.restore import MARK

KEYRING = {"pk": {"S": "keyring"}, "sk": {"S": "keyring"}}


class RefusedError(Exception):
    """The cluster cannot use those tables. The text says why; nothing was changed."""


def point(cluster: str, data: str, audit: str) -> Mapping[str, Any]:
    """Have the cluster use those tables; the connection as it is then. May be repeated."""
    connection = read_connection(cluster)
    if not connection:
        raise RefusedError(f"cluster {cluster} has no connection parameter: deploy it first")
    if found := list(_faults(cluster, data, audit)):
        raise RefusedError("; ".join(found))
    after = {**connection, "data_table": data, "audit_table": audit}
    client("ssm").put_parameter(
        Name=f"/conclave/{cluster}/connection",
        Type="String",
        Value=json.dumps(after, indent=1),
        Overwrite=True,
    )
    return after


def _faults(cluster: str, data: str, audit: str) -> Iterator[str]:
    for table, name in (("data", data), ("audit", audit)):
        if not re.fullmatch(rf"conclave-{cluster}-([a-z0-9]+-)?{table}", name):
            yield f"{name} is not named conclave-{cluster}-<word>-{table}: no node may use it"
        elif not _exists(name):
            yield f"there is no table {name}"
        elif table == "data":
            yield from _keyring_faults(name)


def _keyring_faults(data: str) -> Iterator[str]:
    if _row(data, MARK):
        yield f"a restore into {data} was interrupted: finish it first"
    elif not _row(data, KEYRING):
        yield f"{data} holds no keyring: restore a backup into it first"


def _exists(table: str) -> bool:
    try:
        with missing_is_known():
            client("dynamodb").describe_table(TableName=table)
    except MissingError:
        return False
    return True


def _row(table: str, key: Mapping[str, Any]) -> Any:
    return client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        if given.data or given.audit:
            shown = point(given.cluster, given.data, given.audit)
        else:
            shown = read_connection(given.cluster)
    except (RefusedError, BotoCoreError, ClientError) as error:
        print(f"not changed: {error}", file=sys.stderr)
        return 1
    if not shown:
        print(f"cluster {given.cluster} has no connection parameter", file=sys.stderr)
        return 1
    print(f"cluster {given.cluster} uses {shown['data_table']} and {shown['audit_table']}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.connection", description=__doc__)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--data", default="", help="name of the data table to use")
    parser.add_argument("--audit", default="", help="name of the audit table to use")
    return parser


if __name__ == "__main__":
    sys.exit(main())
