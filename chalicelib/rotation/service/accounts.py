"""What the holder of work is given of accounts: where they are, and what logs in there."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.changers.target import Login, Target
from chalicelib.core.errors import AccessDenied, Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.templates import Part

from .ports import Ports


@dataclass(frozen=True, slots=True)
class Accounts:
    ports: Ports

    def target(self, secret: Secret) -> Target:
        """Where a secret's own account is. Raises Invalid when the secret does not say it."""
        port = self._text(secret, Part.PORT)
        if port and not (port.isdecimal() and int(port) < 1 << 16):
            raise Invalid("the secret's port is not a number")
        machine = self._text(secret, Part.MACHINE)
        if not machine:
            raise Invalid("the secret names no machine")
        return Target(machine, int(port or 0), self._text(secret, Part.DATABASE), secret.pins)

    def login(self, secret: Secret) -> Login:
        return Login(self._part(secret, Part.USERNAME).reveal(), self._part(secret, Part.PASSWORD))

    def sure_login(self, stored: Stored) -> Login:
        """Of an account that acts on others. Raises Invalid while its password is in doubt."""
        if stored.state.is_out_of_sync or stored.state.change_item:
            raise Invalid("the account's password is in doubt")
        return self.login(stored.secret)

    def privileged(self, id: int, machine: str) -> Stored:
        """An account that acts on that machine, if it may. Raises AccessDenied. One read."""
        stored = self.ports.vault.fetch([id]).get(id)
        if stored is None or not self.ports.vault.allows(stored.secret, Plain(machine)):
            raise AccessDenied("the privileged account is not allowed on this machine")
        return stored

    def _text(self, secret: Secret, part: Part) -> str:
        return self._part(secret, part).reveal().strip()

    def _part(self, secret: Secret, part: Part) -> Plain:
        slug = secret.template.parts.get(part)
        return self.ports.vault.open(secret, slug) if slug else Plain("")
