"""Chalice's only record of what it deployed, kept in the bucket: any machine may go on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from infra.aws import client
from infra.finding import MissingError, missing_is_known


@dataclass(frozen=True, slots=True)
class Record:
    """`.chalice/deployed/<stage>.json` and its copy in the bucket."""

    bucket: str
    stage: str
    project: Path

    @property
    def file(self) -> Path:
        return self.project / ".chalice" / "deployed" / f"{self.stage}.json"

    @property
    def object_key(self) -> str:
        return f"deployed/{self.stage}.json"

    def fetch(self) -> bool:
        """Bring the bucket's copy here; it wins over a local one. False when there is none."""
        try:
            with missing_is_known():
                answer = client("s3").get_object(Bucket=self.bucket, Key=self.object_key)
        except MissingError:
            return False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(answer["Body"].read())
        return True

    def keep(self) -> None:
        """Put the file that Chalice wrote into the bucket."""
        client("s3").put_object(
            Bucket=self.bucket, Key=self.object_key, Body=self.file.read_bytes()
        )

    def forget(self) -> None:
        """Remove both; the bucket keeps old versions. May be repeated."""
        client("s3").delete_object(Bucket=self.bucket, Key=self.object_key)
        self.file.unlink(missing_ok=True)

    def url(self) -> str:
        """The address of the deployed API; "" when Chalice recorded none."""
        if not self.file.exists():
            return ""
        resources = json.loads(self.file.read_text("utf-8")).get("resources", [])
        return next((one["rest_api_url"] for one in resources if "rest_api_url" in one), "")
