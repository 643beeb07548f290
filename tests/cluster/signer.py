"""A signer of licences for tests, and the connection parameter that names him."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chalicelib.aws import clients, connection
from chalicelib.cluster.licence import Licence, key_of, signed_bytes, written


@dataclass(frozen=True)
class LicenceSigner:
    """Signs what he is asked to."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> str:
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def sign(self, licence: Licence) -> str:
        payload = written(licence)
        return key_of(payload, self.private.sign(signed_bytes(payload)))


def licence(today: date, days: int | None = 365, **facts: Any) -> Licence:
    """An Enterprise Plus licence for ten users which ends in so many days."""
    ends = None if days is None else today + timedelta(days=days)
    usual: dict[str, Any] = {"id": "L-1", "company": "Example", "edition": "Enterprise Plus"}
    usual |= {"seats": 10, "issued": today - timedelta(days=30), "expires": ends}
    return Licence(**(usual | facts))


def set_signer(public: str) -> None:
    """As `make deploy LICENCE_SIGNER=...` does; this process reads it at its next use."""
    ssm, name = clients.client("ssm"), connection.parameter_name(connection.cluster_name())
    value = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    value["licence_signer"] = public
    ssm.put_parameter(Name=name, Type="String", Value=json.dumps(value), Overwrite=True)
    connection.reset()
