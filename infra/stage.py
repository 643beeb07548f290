"""Stages of .chalice/config.json: one a node, each saying which cluster the node is of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.cluster.functions import FUNCTIONS
from infra.policies import POLICY_FOLDER, WRITTEN_FOR, policy_file, written_for

NODE_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
CLUSTER_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")  # no hyphen: see cluster.yaml


HOST_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+")


class BadNameError(Exception):
    """A stage or cluster name that its resources could not carry."""


class PlainDomainError(Exception):
    """A custom domain under which the vault would not be reached by TLS 1.2 or newer."""


def check_names(node: str, cluster: str) -> None:
    """Raises BadNameError, with the rule, unless both names will do."""
    if not NODE_NAME.fullmatch(node):
        raise BadNameError(f"{node!r} is no stage name: a-z, then up to 19 of a-z, 0-9 and hyphen")
    if not CLUSTER_NAME.fullmatch(cluster):
        raise BadNameError(f"{cluster!r} is no cluster name: a-z, then up to 19 of a-z and 0-9")


def check_domain(config: Mapping[str, Any], stage: str) -> None:
    """Raises PlainDomainError for a custom domain of the stage that would not do TLS as it must.

    Chalice makes one from `api_gateway_custom_domain`: domain_name, certificate_arn, tls_version.
    """
    whole = {**config, **config["stages"].get(stage, {})}
    domain = whole.get("api_gateway_custom_domain")
    if domain is None:
        return
    name, version = str(domain.get("domain_name", "")), domain.get("tls_version", "TLS_1_2")
    if not HOST_NAME.fullmatch(name):
        raise PlainDomainError(
            f"the custom domain {name!r} of stage {stage} is no host name: give it without scheme, "
            "port and path; it is reached by https only"
        )
    if not CERTIFICATE.fullmatch(str(domain.get("certificate_arn", ""))):
        raise PlainDomainError(
            f"the custom domain {name} of stage {stage} has no certificate: plain HTTP is not "
            "offered. Set certificate_arn to one of AWS Certificate Manager"
        )
    if version != "TLS_1_2":
        raise PlainDomainError(
            f"the custom domain {name} of stage {stage} would take {version}: set tls_version to "
            "TLS_1_2, or leave it out"
        )


def cluster_of(config: Mapping[str, Any], stage: str) -> str:
    """The cluster that a stage is configured for; "" when there is no such stage."""
    variables = config["stages"].get(stage, {}).get("environment_variables", {})
    return str(variables.get("CLUSTER", ""))


def with_stage(config: Mapping[str, Any], stage: str, cluster: str) -> dict[str, Any]:
    """The configuration in which that stage is a node of that cluster; other settings are kept."""
    held = config["stages"].get(stage, {})
    made = {
        **held,
        "api_gateway_stage": "SecretServer",
        "environment_variables": {
            **held.get("environment_variables", {}),
            "CLUSTER": cluster,
            "NODE": stage,
        },
    }
    functions = {name: dict(one) for name, one in held.get("lambda_functions", {}).items()}
    for function in FUNCTIONS:
        settings = functions.setdefault(function.name, {})
        settings.pop("iam_policy_file", None)
        if cluster != WRITTEN_FOR:
            settings["iam_policy_file"] = f"{cluster}/{policy_file(function.name).name}"
    made["lambda_functions"] = {name: one for name, one in functions.items() if one}
    if not made["lambda_functions"]:
        del made["lambda_functions"]
    return {**config, "stages": {**config["stages"], stage: made}}


def write_stage(stage: str, cluster: str, folder: Path = POLICY_FOLDER) -> bool:
    """Bring config.json, and policies for that cluster, up to date. True when anything changed."""
    changed = [
        _write(path, text)
        for path, text in [*_policies(cluster, folder), _config(stage, cluster, folder)]
    ]
    return any(changed)


def read_config(folder: Path = POLICY_FOLDER) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    return found


def _config(stage: str, cluster: str, folder: Path) -> tuple[Path, str]:
    config = with_stage(read_config(folder), stage, cluster)
    return folder / "config.json", json.dumps(config, indent=2) + "\n"


def _policies(cluster: str, folder: Path) -> list[tuple[Path, str]]:
    if cluster == WRITTEN_FOR:
        return []
    names = [policy_file(one.name).name for one in FUNCTIONS]
    return [
        (folder / cluster / name, written_for(cluster, (folder / name).read_text("utf-8")))
        for name in names
    ]


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True
