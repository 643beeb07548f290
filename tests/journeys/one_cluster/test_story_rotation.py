"""Journey 1: a real account is proven, its password changed by an engine, and all of it told."""

from __future__ import annotations

import pytest

from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.journeys.cluster import Cluster, within
from tests.journeys.keeping import change, heartbeat, kept, told
from tests.journeys.machines import Machine

pytestmark = pytest.mark.xdist_group("stories of one cluster")


def test_a_password_is_proven_then_expires_and_is_changed_on_the_machine_itself(
    cluster: Cluster, branch: int, machine: Machine
) -> None:
    admin = cluster.admin()
    old = Plain(canary())
    account = machine.account(old)
    assert machine.opens(account, old)

    # The account becomes a secret. The next tick finds it due; the branch's engine logs in.
    secret = kept(admin, machine, account, old, branch)
    cluster.run_now("heartbeat")
    within(20, lambda: heartbeat(admin, secret) == "Success", "a heartbeat")

    # It expires. The next tick has the engine change it, there.
    assert admin.post(f"/api/v1/secrets/{secret}/expire", {}).status == 200
    cluster.run_now("expired-secret-password-change")
    within(30, lambda: change(admin, secret) == "Success", "a change")

    # The old password is refused by the machine, the new one is taken.
    new = Plain(admin.get(f"/api/v1/secrets/{secret}/fields/password").json)
    assert not machine.opens(account, old)
    assert machine.opens(account, new)
    assert heartbeat(admin, secret) == "Success"

    # History has the old one, and the trail tells who did what, in order.
    (former,) = admin.get(f"/api/v1/secrets/{secret}/fields/password/history").json
    assert Plain(former["value"]).same(old)
    assert told(admin, secret) == [
        "CREATE by admin",
        "VIEW by admin",
        "CLAIM by branch-engine",
        "HEARTBEAT by branch-engine",
        "EXPIRE by admin",
        "PASSWORD CHANGE by system",
        "CLAIM by branch-engine",
        "PASSWORD CHANGE by branch-engine",
        "VIEW by admin",
        "VIEW HISTORY by admin",
    ]

    # Neither password lies in clear in any file of the cluster.
    assert cluster.places_of(old.reveal()) == []
    assert cluster.places_of(new.reveal()) == []
