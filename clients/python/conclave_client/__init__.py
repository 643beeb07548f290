"""A typed client of Conclave's public API.

from conclave_client import Client

with Client.log_in("https://vault.example/SecretServer", "ada", password) as conclave:
    print(conclave.secret(7).name)
    value = conclave.field("\\Servers\\web-1", "password")
"""

from conclave_client.client import Client
from conclave_client.errors import (
    ConclaveError,
    Denied,
    NotFound,
    NotLoggedIn,
    Refused,
    TooLarge,
    Unreachable,
)
from conclave_client.models import Found, Secret, Tokens

VERSION = "0.1.0"

__all__ = [
    "VERSION",
    "Client",
    "ConclaveError",
    "Denied",
    "Found",
    "NotFound",
    "NotLoggedIn",
    "Refused",
    "Secret",
    "TooLarge",
    "Tokens",
    "Unreachable",
]
