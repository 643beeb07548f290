"""Mail: its settings, the desk where mails are written down, the postman who sends them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from .base import bus, clock, committer, ids, keyring

if TYPE_CHECKING:
    from chalicelib.mail.service import MailDesk, Postman
    from chalicelib.mail.store import MailTable
    from chalicelib.settings.mailing import MailConfiguration


@cache
def mail_configuration() -> MailConfiguration:
    from chalicelib.settings.mailing import MailConfiguration
    from chalicelib.settings.store import MailSettingsTable

    return MailConfiguration(MailSettingsTable(keyring()), committer(), clock())


def _mails() -> MailTable:
    from chalicelib.mail.store import MailTable

    from .for_cluster import settings  # which is built on this module

    return MailTable(lambda: timedelta(days=settings().lately().days_to_keep_logs))


@cache
def mail_desk(*, sends_word: bool = True) -> MailDesk:
    """Functions that work on targets may send to no queue of people's: they send no word."""
    from chalicelib.aws.bus import Outgoing
    from chalicelib.mail.service import MailDesk

    return MailDesk(_mails(), mail_configuration(), Outgoing, ids(), sends_word)


@cache
def postman() -> Postman:
    from chalicelib.access.service.mail_codes import KIND
    from chalicelib.access.service.readers import Readers
    from chalicelib.access.store import Administrators, Users
    from chalicelib.aws.bus import Outgoing
    from chalicelib.aws.mail import Post
    from chalicelib.core.log import logger
    from chalicelib.mail.service import Postman, Undeliverable

    from .for_access import mail_codes
    from .for_cluster import settings
    from .for_watching import entitlements

    configuration = mail_configuration()
    post = Post(
        Undeliverable,
        configuration.password,
        lambda: settings().current().loopback_targets,
        clock(),
    )
    return Postman(
        _mails(),
        configuration,
        Readers(Users(), Administrators()),
        post,
        lambda: settings().current().custom_url,
        committer(),
        Outgoing,
        bus(),
        ids(),
        clock(),
        logger(),
        {KIND: lambda mail: mail_codes().made(mail)},
        entitlements(),
    )
