"""What `chalice package` makes can be deployed: it is whole, within budget, and valid."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.cluster.functions import FUNCTIONS, WORKERS
from chalicelib.console.assets import assets
from tests.journeys.project import ROOT, packaged

pytestmark = pytest.mark.xdist_group("package")

ZIP_BUDGET, CODE_BUDGET, UNPACKED_BUDGET = 50_000_000, 5_000_000, 120_000_000
RESOURCE_BUDGET = 60
LAYER = "python/lib/python3.11/site-packages/"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaged(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def sam(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "out" / "sam.json").read_text("utf-8"))
    return found


def archives(project: Path) -> list[Path]:
    """The functions' code, and the layer with what it needs."""
    return [project / "out" / name for name in ("deployment.zip", "layer-deployment.zip")]


def names(project: Path) -> set[str]:
    """What a function can import, by the place that it has in its search path."""
    found = [name for archive in archives(project) for name in zipfile.ZipFile(archive).namelist()]
    return {name.removeprefix(LAYER) for name in found}


def pinned() -> set[str]:
    """The packages of requirements.txt, in their normal form."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    named = [line.split("==")[0].strip() for line in lines if "==" in line]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in named}


def test_every_wheel_of_the_requirements_is_in_the_zip(project: Path) -> None:
    """Chalice only prints a warning when it finds no wheel for Lambda."""
    folders = {name.split("/")[0] for name in names(project)}
    infos = [name.removesuffix(".dist-info") for name in folders if name.endswith(".dist-info")]
    held = {re.sub(r"[-_.]+", "-", name.rsplit("-", 1)[0]).lower() for name in infos}
    assert pinned()
    assert pinned() - held == set()
    assert {"app.py", "chalicelib", "chalice"} <= folders


def test_the_consoles_files_are_in_the_zip(project: Path) -> None:
    assert {f"chalicelib/console/static/{name}" for name in assets().files} <= names(project)


def test_native_parts_are_for_lambdas_linux(project: Path) -> None:
    native = [name for name in names(project) if name.endswith(".so")]
    assert any(name.startswith("cryptography/") for name in native)
    assert not [name for name in native if "darwin" in name or "musl" in name]


def test_the_zips_are_within_budget(project: Path) -> None:
    """Also the code alone, which every function of a node has: the rest goes up once a node."""
    code, layer = archives(project)
    assert code.stat().st_size <= CODE_BUDGET
    assert layer.stat().st_size <= ZIP_BUDGET
    files = [one for archive in (code, layer) for one in zipfile.ZipFile(archive).infolist()]
    assert sum(one.file_size for one in files) <= UNPACKED_BUDGET


def test_every_function_uses_the_layer(sam: dict[str, Any]) -> None:
    (layer,) = [
        name
        for name, one in sam["Resources"].items()
        if one["Type"] == "AWS::Serverless::LayerVersion"
    ]
    used = [
        one["Properties"]["Layers"]
        for one in sam["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    ]
    assert used == [[{"Ref": layer}]] * len(FUNCTIONS)


def test_nothing_of_development_is_in_the_zip(project: Path) -> None:
    folders = {name.split("/")[0] for name in names(project)}
    assert not folders & {"boto3", "moto", "pytest", "ministack", "infra", "tests", "pydantic"}


def test_the_template_is_valid(project: Path) -> None:
    words = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--region",
        "us-east-1",
        "--",
        "out/sam.json",
    ]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_template_has_the_functions_of_the_table(sam: dict[str, Any]) -> None:
    made = [
        one["Properties"]
        for one in sam["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    ]
    assert len(made) == len(FUNCTIONS)
    assert {one["Timeout"] for one in made} == {
        int(one.timeout.total_seconds()) for one in FUNCTIONS
    }
    sources = [event for one in made for event in one.get("Events", {}).values()]
    assert not [one for one in sources if one["Type"] == "SQS"]  # mappings are the agent's
    handlers = {one["Handler"] for one in made}
    assert {f"app.{one.name}" for one in WORKERS} < handlers


def test_the_api_has_few_resources(sam: dict[str, Any]) -> None:
    (api,) = [
        one["Properties"]
        for one in sam["Resources"].values()
        if one["Type"] == "AWS::Serverless::Api"
    ]
    prefixes = {
        "/".join(path.split("/")[: depth + 1])
        for path in api["DefinitionBody"]["paths"]
        for depth in range(1, path.count("/") + 1)
    }
    assert len(prefixes) <= RESOURCE_BUDGET
    assert api["StageName"] == "SecretServer"
