"""What a deployment carries: the zips that Chalice packs, and the API that it describes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.journeys.project import packaged

from .budget import Measured

MB = 1_000_000


def packed(scratch: Path) -> Measured:
    code, layer = (one.stat().st_size / MB for one in _zips(scratch))
    return Measured(code + layer, f"{code:.1f} MB a function, the layer once")


def unpacked(scratch: Path) -> Measured:
    files = [one for path in _zips(scratch) for one in zipfile.ZipFile(path).infolist()]
    return Measured(sum(one.file_size for one in files) / MB)


def resources(scratch: Path) -> Measured:
    """The resources of API Gateway: every prefix of a path is one."""
    template = json.loads((packaged(scratch) / "out" / "sam.json").read_text("utf-8"))
    (api,) = [
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Api"
    ]
    paths = api["DefinitionBody"]["paths"]
    prefixes = {
        "/".join(path.split("/")[: depth + 1])
        for path in paths
        for depth in range(1, path.count("/") + 1)
    }
    return Measured(len(prefixes), f"{len(paths)} paths")


def _zips(scratch: Path) -> list[Path]:
    """The functions' code, and the layer with the packages that it needs."""
    names = ("deployment.zip", "layer-deployment.zip")
    return [packaged(scratch) / "out" / name for name in names]
