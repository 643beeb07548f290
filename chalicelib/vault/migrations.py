"""Migrations of the vault's rows: see `cluster.migration` for what one may rely on."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.cluster.migration import Batch

IDS_A_BATCH = 100


def list_by_privileged_account(cursor: str) -> Batch:
    """From schema 1: index 3 finds the secrets that a privileged account works for.

    By id, up to the last one handed out: whatever is made later is listed when it is written.
    The cursor is the last id looked at.
    """
    done, newest = int(cursor or 0), wiring.counter().newest("secret")
    ids = range(done + 1, min(done + IDS_A_BATCH, newest) + 1)
    changed = wiring.secret_store().list_by_privileged_account(ids)
    further = str(ids[-1]) if ids and ids[-1] < newest else ""
    return Batch(further, len(ids), changed, newest)
