"""The regions in which a cluster's KMS key is replaced: each has a connection and aliases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from infra.aws import client, region
from infra.checks import read_connection
from infra.checks_mirror import replicas
from infra.finding import MissingError, missing_is_known
from infra.rekey_ring import RefusedError, Ring


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster in one of its regions. Each step may be repeated."""

    cluster: str
    region: str

    @property
    def connection(self) -> Mapping[str, Any]:
        found = read_connection(self.cluster, self.region)
        if not found:
            raise RefusedError(f"cluster {self.cluster} has no connection parameter: deploy it")
        return found

    @property
    def ring(self) -> Ring:
        known = self.connection
        tables = known["data_table"], known["audit_table"]
        return Ring(*tables, known["key_arn"], self.region, known.get("home", ""))

    def name(self, key: str) -> None:
        """Give the key the alias that policies let functions use besides the cluster's own."""
        alias = self.alias("-next")
        with suppress(self._kms.exceptions.AlreadyExistsException):
            self._kms.create_alias(AliasName=alias, TargetKeyId=key)
            return
        self._kms.update_alias(AliasName=alias, TargetKeyId=key)

    def point(self, arn: str) -> None:
        """Let the connection name the key, as it is called here."""
        client("ssm", self.region).put_parameter(
            Name=f"/conclave/{self.cluster}/connection",
            Type="String",
            Value=json.dumps({**self.connection, "key_arn": self.arn(arn)}, indent=1),
            Overwrite=True,
        )

    def move(self, key: str) -> None:
        self._kms.update_alias(AliasName=self.alias(), TargetKeyId=key)

    def unname(self) -> None:
        with suppress(MissingError), missing_is_known():
            self._kms.delete_alias(AliasName=self.alias("-next"))

    def check_key(self, arn: str) -> None:
        """Raises RefusedError unless the key can wrap data keys here."""
        key = self._described(arn)
        if key["KeyState"] != "Enabled":
            raise RefusedError(f"{self.arn(arn)} is {key['KeyState']}, not Enabled")
        if key.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
            raise RefusedError(f"{arn} is no symmetric key: it cannot wrap data keys")
        if not key.get("MultiRegion"):
            raise RefusedError(
                f"{arn} is not multi-region, and cannot be made so later: make one with "
                "`aws kms create-key --multi-region`"
            )

    def target(self, more: str = "") -> str:
        """The id of the key that an alias of the cluster names; "" for none."""
        try:
            with missing_is_known():
                found = self._kms.describe_key(KeyId=self.alias(more))["KeyMetadata"]["KeyId"]
        except MissingError:
            return ""
        return str(found)

    def alias(self, more: str = "") -> str:
        return f"alias/conclave-{self.cluster}{more}"

    def arn(self, arn: str) -> str:
        """How a multi-region key is called here."""
        parts = arn.split(":")
        return ":".join([*parts[:3], self.region, *parts[4:]])

    def _described(self, arn: str) -> Mapping[str, Any]:
        id = arn.rpartition("/")[2]
        try:
            with missing_is_known():
                found: Mapping[str, Any] = self._kms.describe_key(KeyId=id)["KeyMetadata"]
        except MissingError as error:
            if self.region == arn.split(":")[3]:
                raise RefusedError(f"there is no KMS key {arn}") from error
            raise RefusedError(
                f"{arn} has no replica in {self.region}, where the cluster has a region: make one "
                f"with `aws kms replicate-key --region {arn.split(':')[3]} --key-id {id} "
                f"--replica-region {self.region}`, and call this again"
            ) from error
        return found

    @property
    def _kms(self) -> Any:
        return client("kms", self.region)


def places(cluster: str) -> Sequence[Place]:
    """Where the cluster is; first here, where its rows are written. Raises RefusedError."""
    here = Place(cluster, region())
    connection = here.connection
    if not connection.get("home"):
        return [here]
    state = here.ring.regions()
    if state.moving or state.writing != here.region:
        raise RefusedError(
            f"the writing region is {state.writing}"
            + (f", and is being moved to {state.moving}: finish that" if state.moving else "")
            + f": then call this with AWS_REGION=<the writing region>, not {here.region}"
        )
    found = {one for others in replicas(connection).values() for one in others}
    found |= {str(connection["home"]), *state.regions}
    others = (Place(cluster, one) for one in sorted(found - {here.region}))
    return [here, *(one for one in others if read_connection(cluster, one.region))]
