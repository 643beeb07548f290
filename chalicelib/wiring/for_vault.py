"""Secrets, folders, permissions, the trail."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, counter, ids, keyring
from .for_access import groups, users
from .for_cluster import gate, settings
from .for_mail import mail_desk
from .for_policies import policing, search_indexing, secret_finder, ssh_keys
from .for_watching import notices
from .vault_stores import (
    cabinet,
    definition_store,
    file_store,
    folder_store,
    script_store,
    search_store,
    secret_store,
    secret_values,
)

if TYPE_CHECKING:
    from chalicelib.audit.service import TrailService
    from chalicelib.vault.people import Directory
    from chalicelib.vault.personal import Terms
    from chalicelib.vault.service import (
        AttachmentService,
        CheckoutService,
        CommentService,
        EditService,
        ExpiryService,
        FolderPermissionService,
        FolderService,
        PersonalFolders,
        RebuildService,
        RequestService,
        SearchService,
        SecretPermissionService,
        SecretService,
        WorkService,
    )


@cache
def attachments() -> AttachmentService:
    from chalicelib.vault.service import AttachmentService

    return AttachmentService(
        secret_finder(),
        checkouts(),
        vault_edits(),
        secret_store(),
        cabinet(),
        file_store(),
        secret_values(),
        committer(),
        ids(),
        clock(),
    )


@cache
def search_rebuilding() -> RebuildService:
    from chalicelib.vault.service import RebuildService

    return RebuildService(
        search_store(),
        search_indexing(),
        counter(),
        gate(),
        committer(),
        lambda: settings().fresh(),
        lambda: gate().here(gate().read()).refusal,
        clock(),
    )


@cache
def checkouts() -> CheckoutService:
    from chalicelib.vault.service import CheckoutService

    from .for_rotation import rotation

    return CheckoutService(
        secret_finder(),
        secret_store(),
        committer(),
        ids(),
        rotation().hooks,
        lambda: settings().current().checkout_minutes,
        lambda: gate().here(gate().read()).refusal,
    )


@cache
def expiries() -> ExpiryService:
    from chalicelib.access.store import Groups
    from chalicelib.vault.service import ExpiryService
    from chalicelib.vault.service.folders import EPOCH

    return ExpiryService(
        secret_store(),
        lambda: folder_store().tree(gate().read().epoch(EPOCH)),
        Groups().members,
        mail_desk(),
        committer(),
        lambda: gate().here(gate().read()).refusal,
    )


@cache
def comments() -> CommentService:
    from chalicelib.vault.service import CommentService

    return CommentService(secret_finder(), secret_store(), committer())


@cache
def vault() -> SecretService:
    import secrets

    from chalicelib.vault.service import SecretService, Sharing

    return SecretService(
        secret_finder(),
        checkouts(),
        secret_store(),
        folder_store(),
        secret_values(),
        cabinet(),
        Sharing(secret_store(), counter()),
        search_indexing(),
        policing(),
        ssh_keys(),
        counter(),
        committer(),
        secrets.SystemRandom(),
        definition_store().current,
    )


@cache
def vault_edits() -> EditService:
    from chalicelib.vault.service import EditService, Sharing

    sharing = Sharing(secret_store(), counter())
    return EditService(
        secret_finder(),
        secret_store(),
        secret_values(),
        file_store(),
        sharing,
        search_indexing(),
        policing(),
        committer(),
    )


@cache
def access_requests() -> RequestService:
    from chalicelib.vault.service import RequestService
    from chalicelib.vault.store import RequestStore

    return RequestService(
        secret_finder(),
        vault_edits(),
        secret_store(),
        RequestStore(),
        directory(),
        notices(),
        counter(),
        committer(),
        definition_store().current,
    )


@cache
def vault_search() -> SearchService:
    from chalicelib.vault.service import SearchService

    return SearchService(
        secret_finder(),
        secret_store(),
        folder_store(),
        search_store(),
        search_indexing(),
        lambda id: definition_store().current().of_secret(id),
    )


@cache
def vault_work() -> WorkService:
    import secrets

    from chalicelib.vault.service import Watching, WorkService

    told = Watching(mail_desk(sends_word=False))
    return WorkService(
        secret_store(), secret_values(), secrets.SystemRandom(), told, script_store()
    )


@cache
def folders() -> FolderService:
    from chalicelib.vault.service import FolderService

    return FolderService(folder_store(), secret_store(), policing(), counter(), gate(), committer())


@cache
def personal_folders() -> PersonalFolders:
    from chalicelib.vault.service import PersonalFolders

    return PersonalFolders(folder_store(), counter(), gate(), committer(), _personal_terms)


def _personal_terms() -> Terms:
    """As the settings say; at most ten seconds old."""
    from chalicelib.vault.personal import Terms

    set_to = settings().current()
    by_user_name = set_to.personal_folder_names == "UsernameAndDomain"
    return Terms(set_to.personal_folders, set_to.personal_folder_root, by_user_name)


@cache
def directory() -> Directory:
    from chalicelib.vault.people import Directory

    return Directory(users(), groups())


@cache
def folder_permissions() -> FolderPermissionService:
    from chalicelib.vault.service import FolderPermissionService

    return FolderPermissionService(
        folders(), folder_store(), directory(), counter(), gate(), committer()
    )


@cache
def secret_permissions() -> SecretPermissionService:
    from chalicelib.vault.service import SecretPermissionService

    return SecretPermissionService(
        secret_finder(), secret_store(), directory(), counter(), search_indexing(), committer()
    )


@cache
def trail() -> TrailService:
    from chalicelib.audit.service import TrailService
    from chalicelib.audit.store import TrailStore

    return TrailService(TrailStore(keyring()))
