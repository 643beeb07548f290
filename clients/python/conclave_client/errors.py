"""What can go wrong. Messages are the server's own, and never hold a value of a secret."""

from __future__ import annotations


class ConclaveError(Exception):
    """The base of all of these.

    code: the server's errorCode, "" where it gave none
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Unreachable(ConclaveError):
    """No answer, or one that is not Conclave's. It may be tried again."""


class NotLoggedIn(ConclaveError):
    """No session, or one that has ended; or the name and password were refused."""


class Denied(ConclaveError):
    """This session may not do that."""


class NotFound(ConclaveError):
    """No such object, or none that this session may see."""


class Refused(ConclaveError):
    """The server understood, and does not do it: the message says why."""


class TooLarge(Refused):
    """It does not fit into a request or an answer."""
