"""The one table of kinds of mail: subject, text, who receives it, for how long it is of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Audience(StrEnum):
    """Who receives a kind of mail."""

    USERS = "the users whom it names"
    ADMINISTRATORS = "every administrator"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mail. `{name}`: a fact of the mail, or of the one who receives it.

    life: after that it is not sent any more
    """

    name: str
    audience: Audience
    subject: str
    text: str
    life: timedelta = DAY


SWITCHED = "\nYou asked for such mails in the e-mail settings of the secret.\n"

KINDS = (
    Kind(
        "login-code",
        Audience.USERS,
        "Your code for Conclave",
        "Somebody, we hope you, gave your name and your password. The code is\n\n"
        "    {code}\n\n"
        "It counts once, for ten minutes, and from the address {address} only. If that was not\n"
        "you, somebody knows your password: change it now.\n",
        timedelta(minutes=10),
    ),
    Kind(
        "lockout",
        Audience.USERS,
        "Your account in Conclave is locked",
        "There were {failures} failed attempts to log in under your name, the last one from\n"
        "{address} at {at} UTC. Nobody can log in until {until} UTC; sessions that you have go\n"
        "on. If that was not you, tell an administrator.\n",
    ),
    Kind(
        "licence",
        Audience.ADMINISTRATORS,
        "Conclave: the licence {licence} {ends}",
        "The licence {licence} ({detail}) {ends}. Add another one on the Licences page.\n",
    ),
    Kind(
        "backup-failed",
        Audience.ADMINISTRATORS,
        "Conclave: a backup failed",
        "The backup {backup} of the cluster failed at {at} UTC:\n\n    {why}\n\n"
        "It is tried again. The Backup page has the log.\n",
    ),
    Kind(
        "secrets-expiring",
        Audience.USERS,
        "Conclave: secrets of yours expire",
        "You own these secrets, whose passwords expire and are not changed automatically:\n\n"
        "{secrets}\n",
    ),
    Kind(
        "secret-viewed",
        Audience.USERS,
        "Conclave: {secret} was viewed",
        "{who} viewed the secret {secret} at {at} UTC.\n" + SWITCHED,
    ),
    Kind(
        "secret-changed",
        Audience.USERS,
        "Conclave: {secret} was changed",
        "{who} changed the secret {secret} at {at} UTC:\n\n    {what}\n" + SWITCHED,
    ),
    Kind(
        "secret-heartbeat-failed",
        Audience.USERS,
        "Conclave: a heartbeat of {secret} failed",
        "The heartbeat of the secret {secret} failed at {at} UTC:\n\n    {what}\n" + SWITCHED,
    ),
    Kind(
        "access-requested",
        Audience.USERS,
        "Conclave: an access request waits for you",
        "{note}\n\n    {why}\n\nThe page Requests has it, and takes your answer.\n",
    ),
    *(
        Kind(
            f"access-{said}",
            Audience.USERS,
            f"Conclave: your access request was {said}",
            "{note}\n\n    {why}\n",
        )
        for said in ("granted", "denied")
    ),
    Kind(
        "erase-requested",
        Audience.USERS,
        "Conclave: an erase request waits for a decision",
        "{note}\n\n    {why}\n\nThe page Requests has it, and takes your answer.\n",
    ),
    *(
        Kind(
            f"erase-{said}",
            Audience.USERS,
            f"Conclave: your erase request was {said}",
            "{note}\n\n    {why}\n",
        )
        for said in ("granted", "denied")
    ),
    Kind(
        "test",
        Audience.USERS,
        "Conclave: a mail to try it out",
        "An administrator asked for this mail. Mails of this cluster reach you.\n",
    ),
)
BY_NAME: Mapping[str, Kind] = {one.name: one for one in KINDS}
