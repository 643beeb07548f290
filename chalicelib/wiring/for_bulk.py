"""Bulk operations."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from .base import bus, clock, committer, ids, keyring
from .for_access import door, factors, groups, users
from .for_cluster import settings
from .for_copies import conversions
from .for_erasing import erasing
from .for_policies import secret_finder
from .for_rotation import rotation
from .for_sign_in import security_keys
from .for_transfer import export_copies, import_steps
from .for_vault import secret_permissions, vault, vault_edits

if TYPE_CHECKING:
    from chalicelib.bulk.service import BulkService, BulkWorker
    from chalicelib.bulk.store import OperationTable


def _operations() -> OperationTable:
    from chalicelib.bulk.store import OperationTable

    return OperationTable(keyring(), lambda: timedelta(days=settings().lately().days_to_keep_logs))


@cache
def bulk() -> BulkService:
    from chalicelib.aws.bus import Outgoing
    from chalicelib.bulk.service import BulkService

    return BulkService(_operations(), committer(), Outgoing, ids())


@cache
def bulk_worker() -> BulkWorker:
    from chalicelib.aws.alongside import alongside
    from chalicelib.bulk.action import Kind
    from chalicelib.bulk.service import BulkWorker, Deeds, SecretDeeds, UserDeeds
    from chalicelib.core.log import logger

    secrets = SecretDeeds(
        secret_finder(),
        vault(),
        vault_edits(),
        secret_permissions(),
        rotation().asking,
        erasing(),
        conversions(),
    )
    resets = {
        "reset-totp-auth": factors().reset,
        "reset-fido2-two-factor": security_keys().reset,
    }
    steps, copies = import_steps(), export_copies()
    deeds: dict[Kind, Deeds] = {
        Kind.SECRET: secrets,
        Kind.USER: UserDeeds(users(), groups(), resets),
        Kind.STEP: steps,
        Kind.COPY: copies,
    }
    return BulkWorker(
        _operations(),
        door(),
        deeds,
        committer(),
        alongside,
        bus(),
        ids(),
        clock(),
        logger(),
        {Kind.STEP: steps.at_end, Kind.COPY: copies.at_end},
    )
