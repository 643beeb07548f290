"""What operators type: a target that lacks something says so, and one can look before it leaps."""

from __future__ import annotations

import os
import subprocess

import pytest

from infra.localrun.settings import ROOT

NEEDS = {
    "deploy": ("STAGE",),
    "undeploy": ("STAGE",),
    "upgrade": ("STAGE",),
    "restore": ("CLUSTER", "FROM"),
    "standby": ("CLUSTER", "SOURCE"),
    "promote": ("CLUSTER",),
    "fail-back": ("CLUSTER", "SOURCE"),
    "connection": ("CLUSTER",),
    "writing-region": ("CLUSTER", "TO"),
    "verify-audit": ("CLUSTER",),
    "escrow-key": ("FILE",),
    "rekey": ("CLUSTER", "KEY"),
    "archive-audit": ("CLUSTER", "BEFORE"),
}
"""What each target of operators cannot do without."""

NEVER_UNDONE = ("undeploy", "upgrade", "promote", "writing-region", "rekey", "archive-audit")


def make(target: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the target would run; nothing is."""
    return subprocess.run(
        ["make", "-n", "-s", target, *(f"{name}={value}" for name, value in variables.items())],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("target", "missing"), [(target, name) for target, names in NEEDS.items() for name in names]
)
def test_what_a_target_cannot_do_without_is_named_at_once(target: str, missing: str) -> None:
    given = {name: "x" for name in NEEDS[target] if name != missing}
    refused = make(target, **given)
    assert refused.returncode == 2
    assert f"make {target} needs {missing}=" in refused.stderr
    assert refused.stderr.count("\n") == 1
    whole = make(target, **given, **{missing: "x"})
    assert whole.returncode == 0 and "-m infra." in whole.stdout.splitlines()[-1]


@pytest.mark.parametrize("target", NEVER_UNDONE)
def test_what_cannot_be_undone_can_be_looked_at_first(target: str) -> None:
    given = dict.fromkeys(NEEDS[target], "x")
    assert "--dry-run" in make(target, **given, DRY_RUN="1").stdout
    assert "--dry-run" not in make(target, **given).stdout


def test_going_back_only_says_what_is_lost_until_somebody_is_sure() -> None:
    given = dict.fromkeys(NEEDS["fail-back"], "x")
    assert "--yes" not in make("fail-back", **given).stdout
    assert "--yes" in make("fail-back", **given, YES="1").stdout
    assert "--yes" not in make("fail-back", **given, YES="1", DRY_RUN="1").stdout


@pytest.mark.parametrize("target", ["restore", "standby", "connection"])
def test_a_dry_run_of_what_has_none_is_refused_rather_than_done(target: str) -> None:
    """`make deploy` refuses it by itself."""
    refused = make(target, **dict.fromkeys(NEEDS[target], "x"), DRY_RUN="1")
    assert refused.returncode == 2 and "--cluster" not in refused.stdout
    assert f"make {target} has no dry run, nothing was done" in refused.stderr
    assert "--dry-run" in make("deploy", STAGE="x", DRY_RUN="1").stdout
