"""Loading an SSH key of a secret into the running ssh-agent: it touches no disk and no argv."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from conclave_client.errors import Refused

if TYPE_CHECKING:
    from asyncssh import SSHKey


def load_key(key: str, passphrase: str, lifetime: int, comment: str) -> None:
    """Hand a private key to the agent at SSH_AUTH_SOCK for that many seconds.

    Raises Refused where there is no agent, or the key or its passphrase is wrong.
    """
    try:
        import asyncssh
    except ModuleNotFoundError:
        raise Refused("install conclave-client[ssh] for this") from None
    try:
        pair = asyncssh.import_private_key(key, passphrase or None)
        pair.set_comment(comment)
        asyncio.run(_hand_over(pair, lifetime))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise Refused("the secret holds no key that opens with its passphrase") from None


async def _hand_over(pair: SSHKey, lifetime: int) -> None:
    import asyncssh

    try:
        async with asyncssh.connect_agent() as agent:
            await agent.add_keys([pair], lifetime=lifetime)
    except (OSError, ValueError) as error:
        raise Refused(f"no ssh-agent took the key: {error}") from None
