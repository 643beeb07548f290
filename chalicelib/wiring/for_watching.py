"""Messages and mails about secrets and requests, and who may have them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter
from .for_cluster import gate
from .for_mail import mail_desk
from .for_policies import secret_finder
from .vault_stores import folder_store, secret_store

if TYPE_CHECKING:
    from chalicelib.inbox.service import InboxService
    from chalicelib.mail.service import Entitled
    from chalicelib.vault.service import Notices, WatcherDesk, WatchService


@cache
def watches() -> WatchService:
    from chalicelib.vault.service import WatchService

    return WatchService(secret_finder(), secret_store(), committer())


@cache
def watcher_desk() -> WatcherDesk:
    from chalicelib.access.store import Groups
    from chalicelib.vault.service import WatcherDesk
    from chalicelib.vault.service.folders import EPOCH

    return WatcherDesk(
        secret_store(),
        lambda: folder_store().tree(gate().read().epoch(EPOCH)),
        Groups().members,
    )


@cache
def inbox() -> InboxService:
    from chalicelib.inbox.service import InboxService
    from chalicelib.inbox.store import MessageStore

    return InboxService(MessageStore(), counter(), committer())


@cache
def notices() -> Notices:
    from chalicelib.vault.service import Notices

    return Notices(inbox(), mail_desk())


@cache
def entitlements() -> dict[str, Entitled]:
    """By kind of mail, who of those that it names may still have it."""
    from chalicelib.vault.service.notices import MAILS, NoticeDesk
    from chalicelib.vault.service.watching import KINDS
    from chalicelib.vault.store import RequestStore

    waiting = NoticeDesk(RequestStore())
    return {
        **dict.fromkeys(MAILS.values(), lambda mail: mail.to),
        "access-requested": waiting.entitled,
        **dict.fromkeys(KINDS.values(), lambda mail: watcher_desk().entitled(mail)),
    }
