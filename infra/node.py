"""A node as its operator sees it: a stage, the cluster it is of, and the stacks of both."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.cluster.functions import AGENT, API
from infra.aws import region
from infra.chalice_cli import PROJECT
from infra.checks import read_connection
from infra.checks_node import function_of
from infra.record import Record
from infra.stacks import Stack
from infra.template import CLUSTER_TEMPLATE, NODE_TEMPLATE


class RefusedError(Exception):
    """This deployment would do harm; the text says what to do instead."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is deployed: a stage, which is a node of that name, of a cluster.

    licence_signer: the public key that the cluster's licences are signed for; None leaves it
    mirror:    at the cluster's home, another region that shall have replicas of its tables
    mirror_of: in that region, the home
    """

    stage: str
    cluster: str
    licence_signer: str | None = None
    mirror: str = ""
    mirror_of: str = ""

    @property
    def cluster_stack(self) -> Stack:
        parameters = {"Cluster": self.cluster}
        if self.licence_signer is not None:
            parameters["LicenceSigner"] = self.licence_signer
        if self.mirror:
            parameters["MirrorRegion"] = self.mirror
        stack = Stack(f"conclave-{self.cluster}", CLUSTER_TEMPLATE, parameters)
        if self.mirror_of:
            parameters["HomeRegion"] = self.mirror_of
            parameters |= {} if stack.is_made() else self._home_keys()
        return stack

    def _home_keys(self) -> dict[str, str]:
        """What a mirror makes replicas of, once: another KMS key is `make rekey`'s to bring."""
        home = read_connection(self.cluster, self.mirror_of)
        return {"HomeKey": home["key_arn"], "HomeAuditKey": home["audit_key_arn"]}

    @property
    def stack(self) -> Stack:
        parameters = {"Cluster": self.cluster, "Node": self.stage}
        return Stack(f"conclave-{self.cluster}-{self.stage}", NODE_TEMPLATE, parameters)

    def record(self) -> Record:
        bucket = read_connection(self.cluster).get("bucket", "")
        return Record(bucket, self.stage, PROJECT)


def refuse_foreign(node: Node) -> None:
    """Raises RefusedError when functions of that name belong to another cluster."""
    for function in (API, AGENT):
        found = function_of(node.stage, function)
        variables = (found or {}).get("Environment", {}).get("Variables", {})
        owner = variables.get("CLUSTER", node.cluster)
        if owner != node.cluster:
            raise RefusedError(
                f"stage {node.stage} is a node of cluster {owner} in this account and region:"
                f" choose another name, or undeploy it there first"
            )


def refuse_mirror(node: Node) -> None:
    """Raises RefusedError for a mirror that the cluster's home does not know of."""
    here, known = region(), read_connection(node.cluster)
    if node.mirror in (here, node.mirror_of) and node.mirror:
        raise RefusedError(f"{node.mirror} cannot mirror itself")
    if node.mirror and known.get("home", here) not in ("", here):
        raise RefusedError(f"the home of cluster {node.cluster} is {known['home']}: deploy there")
    if node.mirror_of and not read_connection(node.cluster, node.mirror_of).get("home"):
        raise RefusedError(
            f"cluster {node.cluster} in {node.mirror_of} has no mirror: deploy a node of it there"
            f" with MIRROR={here} first"
        )
