"""A cluster as the first agent leaves it, without the agent: a keyring and a gate."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.cluster.gate import FIRST, Gate, Wanted
from chalicelib.cluster.store import Gates

CLUSTER_ID = "c" * 32


def found(**nodes: Wanted) -> None:
    """Found the cluster with those nodes, `node_b=FIRST`; node-a with all boxes by default."""
    keyring.make_if_absent(CLUSTER_ID, wiring.clock())
    named = {name.replace("_", "-"): wanted for name, wanted in nodes.items()}
    gate = Gate(CLUSTER_ID, named or {"node-a": FIRST}, fingerprint=wiring.keyring().fingerprint())
    wiring.committer()([Gates().found(gate)])
