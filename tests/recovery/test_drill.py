"""The drill: the production dies, its replica takes over and acts, and all goes back again."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from chalicelib import wiring, worker
from infra import promote as promoting
from infra import standby as standing
from infra.aws import client
from infra.backups import RefusedError
from infra.checks import read_connection
from infra.promote import promote
from tests.recovery.conftest import PRODUCTION, STANDBY, Pair, bucket_of, put, rows


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def offered() -> int:
    """How many heartbeats are offered here once a tick of their job has come to the worker."""
    at = f"{wiring.clock()():%Y-%m-%dT%H:%M:00Z}"
    body = json.dumps({"job": "Local Heartbeat Trigger Job", "at": at})
    record = {"messageId": "m1", "body": body, "receiptHandle": "m1", "attributes": {}}
    answer = worker.run("background", {"Records": [record]}, Context())
    assert answer == {"batchItemFailures": []}
    return sum(kind == "item" for _, kind in rows(STANDBY))


def test_the_production_dies_and_its_replica_takes_over_and_back(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    pair.follow()
    pair.kept.store(3)  # changed after the first backup
    backup = pair.kept.back_up()
    with pair.inside(STANDBY):
        pair.tick()
        assert pair.kept.opened() == pair.kept.values
        assert offered() == 0

    known = read_connection(PRODUCTION)
    client("ssm").delete_parameter(Name=f"/conclave/{PRODUCTION}/connection")
    began = time.monotonic()
    done = promote(STANDBY, pair.said.append)
    took = time.monotonic() - began
    assert done.replication.applied == backup.id
    assert any("does not answer" in line for line in pair.said)
    with pair.inside(STANDBY):
        assert pair.kept.opened() == pair.kept.values
        assert offered() == len(pair.kept.values)
        after = pair.kept.back_up()
    with capsys.disabled():
        print(f"\npromoted: RTO {took:.1f} s, RPO {done.lag.total_seconds():.1f} s")

    _comes_back(known)
    put(PRODUCTION, "folder#99", "folder")  # what the old production alone has is told and lost
    told = pair.follow(PRODUCTION, STANDBY, fail_back=True, sure=False)
    assert told.losses is not None
    assert told.losses.unknown["folder"] == 1
    assert ("folder#99", "folder") in rows(PRODUCTION)
    done_back = pair.follow(PRODUCTION, STANDBY, fail_back=True)
    assert done_back.backup == after.id
    assert ("folder#99", "folder") not in rows(PRODUCTION)

    promote(PRODUCTION, pair.said.append)
    pair.follow(STANDBY, PRODUCTION, fail_back=True)
    with pair.inside(STANDBY):
        assert wiring.recovery().is_replica()
    assert pair.kept.opened() == pair.kept.values


def _comes_back(known: dict[str, Any]) -> None:
    name = f"/conclave/{PRODUCTION}/connection"
    client("ssm").put_parameter(Name=name, Type="String", Value=json.dumps(known))


def test_a_replica_does_not_take_over_while_its_source_acts(pair: Pair) -> None:
    pair.follow()
    pair.see(PRODUCTION)
    before = rows(STANDBY)
    with pytest.raises(RefusedError, match="the source acts"):
        promote(STANDBY, pair.said.append)
    promote(STANDBY, pair.said.append, dry_run=True)
    assert "it would be refused" in pair.said[-1]
    assert rows(STANDBY) == before
    promote(STANDBY, pair.said.append, force=True)
    with pair.inside(STANDBY):
        assert not wiring.recovery().is_replica()
    promote(STANDBY, pair.said.append)  # may be repeated
    assert "it acts" in pair.said[-1]


def test_the_commands_say_what_they_did_and_what_they_refuse(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoting.main(["--cluster", STANDBY]) == 1
    assert "make standby" in capsys.readouterr().err
    own = ["--cluster", STANDBY, "--source", bucket_of(STANDBY)]
    assert standing.main(own) == 1
    assert "does not follow itself" in capsys.readouterr().err
    asked = ["--cluster", STANDBY, "--source", bucket_of(PRODUCTION)]
    assert standing.main(asked) == 0
    assert "dr is a replica" in capsys.readouterr().out
    assert promoting.main(["--cluster", STANDBY, "--dry-run"]) == 0
    assert "dry run: nothing was changed" in capsys.readouterr().out
    assert promoting.main(["--cluster", STANDBY]) == 0
    assert standing.main(asked) == 1
    assert "make fail-back" in capsys.readouterr().err
    assert standing.main([*asked, "--fail-back"]) == 0
    assert "nothing was changed. With YES=1" in capsys.readouterr().out


def test_a_cluster_that_is_in_use_is_not_made_a_replica(pair: Pair) -> None:
    put(STANDBY, "administrators", "administrators")
    before = rows(STANDBY)
    with pytest.raises(RefusedError, match="in use"):
        pair.follow()
    assert rows(STANDBY) == before
