"""Deploying a mirror and looking at it; moto knows no replicas, so that part is told as missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra import region
from infra.aws import client
from infra.checks import read_connection
from infra.checks_mirror import check_mirror, check_region, parameters
from infra.node import Node, RefusedError, refuse_mirror
from infra.stacks import Stack
from tests.mirror import HOME, THERE, build, standing


@pytest.fixture(scope="module")
def mirrored() -> Iterator[dict[str, Any]]:
    """The connection at home, of a cluster in both regions."""
    with mock_aws():
        build()
        yield read_connection("test")


def test_both_connections_name_the_same_tables_and_home(mirrored: dict[str, Any]) -> None:
    there = read_connection("test", THERE)
    same = ("cluster", "data_table", "audit_table", "home", "schedule_role_arn", "engine_role_arn")
    assert {one: there[one] for one in same} == {one: mirrored[one] for one in same}
    assert there["home"] == HOME
    for key in ("key_arn", "audit_key_arn"):
        assert there[key] == mirrored[key].replace(HOME, THERE)
    assert all(THERE in url for url in there["queues"].values())


def test_stacks_are_given_what_makes_them_home_or_mirror(
    mirrored: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Node("node-a", "test", mirror=THERE).cluster_stack
    assert home.parameters == {"Cluster": "test", "MirrorRegion": THERE}
    with standing(THERE, "node-west"):
        there = Node("node-west", "test", mirror_of=HOME).cluster_stack
        assert parameters(read_connection("test")) == {"HomeRegion": HOME}
    keys = {"HomeKey": mirrored["key_arn"], "HomeAuditKey": mirrored["audit_key_arn"]}
    assert there.parameters == {"Cluster": "test", "HomeRegion": HOME, **keys}
    with standing(THERE, "node-west"):
        monkeypatch.setattr(Stack, "state", lambda _: "UPDATE_COMPLETE")
        kept = Node("node-west", "test", mirror_of=HOME).cluster_stack.parameters
        assert kept == {"Cluster": "test", "HomeRegion": HOME}, "another KMS key is `make rekey`'s"
    assert Node("node-b", "test").cluster_stack.parameters == {"Cluster": "test"}, "kept as it is"


def test_a_mirror_of_itself_or_of_nothing_is_refused(mirrored: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="cannot mirror itself"):
        refuse_mirror(Node("node-a", "test", mirror=HOME))
    with pytest.raises(RefusedError, match=f"MIRROR={HOME} first"):
        refuse_mirror(Node("node-west", "other", mirror_of=THERE))
    with (
        standing(THERE, "node-west"),
        pytest.raises(RefusedError, match=f"is {HOME}: deploy there"),
    ):
        refuse_mirror(Node("node-west", "test", mirror="eu-north-1"))
    refuse_mirror(Node("node-b", "test"))


def test_the_doctor_names_a_missing_replica(mirrored: dict[str, Any]) -> None:
    found = [str(one) for one in check_mirror("test", mirrored)]
    wanted = "it has no replica in another region: deploy with MIRROR=..."
    assert found == [f"conclave-test-{table}: {wanted}" for table in ("data", "audit")]
    assert list(check_mirror("test", {**mirrored, "home": ""})) == []


def test_the_doctor_compares_the_other_region(mirrored: dict[str, Any]) -> None:
    found = {str(one) for one in check_region("test", mirrored, THERE)}
    audit = f"conclave-test-audit in {THERE}"
    assert f"{audit}: it is not protected from deletion" in found
    assert f"{audit}: it has no point-in-time recovery" in found
    assert not any("expire" in one or "indexes" in one or "key" in one for one in found)
    client("dynamodb", THERE).update_time_to_live(
        TableName="conclave-test-audit",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    found = {str(one) for one in check_region("test", mirrored, THERE)}
    assert f"{audit}: rows expire by ttl and here by nothing" in found
    nowhere = [str(one) for one in check_region("test", mirrored, "eu-north-1")]
    assert any("no node of that region can find the cluster" in one for one in nowhere)
    assert any("it has no replica there" in one for one in nowhere)


def test_the_command_says_why_it_refuses(
    mirrored: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert region.main(["--cluster", "nowhere", "--to", THERE]) == 1
    assert (
        "not moved, nothing was changed: cluster nowhere has no mirror" in capsys.readouterr().err
    )
    assert region.main(["--cluster", "test", "--to", THERE]) == 1
    assert f"have not come to {THERE} yet" in capsys.readouterr().err
