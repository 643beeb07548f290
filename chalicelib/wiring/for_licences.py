"""Licences, and clustering, which they allow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer
from .for_mail import mail_desk

if TYPE_CHECKING:
    from chalicelib.cluster.service import ClusteringService, LicenceService


@cache
def licences() -> LicenceService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import LicenceService
    from chalicelib.cluster.store import Gates, Licences

    return LicenceService(
        node_name(), _signer, Gates(), Licences(), _seats_taken, committer(), mail_desk()
    )


@cache
def clustering() -> ClusteringService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import ClusteringService
    from chalicelib.cluster.store import Gates

    return ClusteringService(node_name(), licences(), Gates(), committer())


def _signer(fresh: bool = False) -> str:
    """Of the connection, which every process has read anyway."""
    from chalicelib.aws.connection import cluster_name, connection, read

    return (read(cluster_name()) if fresh else connection()).licence_signer


def _seats_taken() -> int:
    from chalicelib.access.store import Users

    return sum(one.takes_seat for one in Users().every())
