"""Migrations of the vault's rows: see `cluster.migration` for what one may rely on."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.cluster.migration import Batch

IDS_A_BATCH = 100
IDS_INDEXED_A_BATCH = 50


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


def list_expiring(cursor: str) -> Batch:
    """From schema 3: index 2 finds the secrets whose owners are to be told that they expire.

    By id, as above.
    """
    done, newest = int(cursor or 0), wiring.counter().newest("secret")
    ids = range(done + 1, min(done + IDS_A_BATCH, newest) + 1)
    changed = wiring.secret_store().list_warnings(ids)
    further = str(ids[-1]) if ids and ids[-1] < newest else ""
    return Batch(further, len(ids), changed, newest)


def index_for_search(cursor: str) -> Batch:
    """From schema 2: each secret has its entries in the search index.

    By id, as above. What older code changed beside this is found to differ, and indexed again.
    """
    done, newest = int(cursor or 0), wiring.counter().newest("secret")
    ids = range(done + 1, min(done + IDS_INDEXED_A_BATCH, newest) + 1)
    index = wiring.search_store().fresh()
    changed = wiring.search_indexing().again(index, ids)
    further = str(ids[-1]) if ids and ids[-1] < newest else ""
    return Batch(further, len(ids), changed, newest)
