"""Secret policies, and what all of the vault's services look secrets up by."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, counter, ids
from .for_access import door
from .for_cluster import gate
from .vault_stores import (
    definition_store,
    folder_store,
    policy_store,
    search_store,
    secret_store,
    secret_values,
)

if TYPE_CHECKING:
    from chalicelib.vault.service import (
        ApplyService,
        ExposureService,
        Finder,
        Indexing,
        KeyService,
        Policing,
        PolicyService,
        Watching,
        WorkflowService,
    )


@cache
def search_indexing() -> Indexing:
    from chalicelib.vault.service import Indexing

    return Indexing(search_store(), secret_values(), committer())


@cache
def watching() -> Watching:
    from chalicelib.vault.service import Watching

    from .for_mail import mail_desk

    return Watching(mail_desk())


@cache
def secret_finder() -> Finder:
    from chalicelib.vault.service import Finder
    from chalicelib.vault.service.refusing import Refusals

    return Finder(secret_store(), folder_store(), Refusals(committer().record), watching())


@cache
def ssh_keys() -> KeyService:
    import secrets

    from chalicelib.vault.service import KeyService

    values = secret_values()
    return KeyService(secret_finder(), values, values, secrets.SystemRandom())


@cache
def policing() -> Policing:
    from chalicelib.vault.service import Policing

    from .for_sites import sites_there_are

    return Policing(definition_store().current, policy_store(), ids(), sites_there_are().has)


@cache
def policies() -> PolicyService:
    from chalicelib.vault.service import PolicyService

    return PolicyService(
        definition_store(),
        policy_store(),
        secret_store(),
        secret_finder(),
        policing(),
        counter(),
        gate(),
        committer(),
    )


@cache
def policy_changes() -> ApplyService:
    from chalicelib.vault.service import ApplyService
    from chalicelib.vault.service.folders import EPOCH
    from chalicelib.vault.service.rebuilding import EPOCH as SEARCH_EPOCH

    def epochs() -> tuple[int, int]:
        known = gate().read()
        return known.epoch(EPOCH), known.epoch(SEARCH_EPOCH)

    return ApplyService(
        definition_store(),
        policy_store(),
        secret_store(),
        secret_values(),
        secret_finder(),
        search_indexing(),
        committer(),
        epochs,
        lambda asked, now: door().on_behalf(asked, (), now),
        lambda: gate().here(gate().read()).refusal,
        clock(),
    )


@cache
def field_changes() -> ExposureService:
    from chalicelib.vault.service import ExposureService
    from chalicelib.vault.store import FieldChangeStore

    return ExposureService(
        FieldChangeStore(),
        secret_store(),
        search_store(),
        search_indexing(),
        committer(),
        lambda: gate().here(gate().read()).refusal,
        clock(),
    )


@cache
def workflows() -> WorkflowService:
    from chalicelib.vault.service import WorkflowService
    from chalicelib.vault.store import WorkflowStore

    return WorkflowService(definition_store(), WorkflowStore(), counter(), gate(), committer())
