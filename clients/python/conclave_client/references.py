"""References to values in a program's environment, such as `conclave://7/password`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

SCHEME = "conclave://"


def parse(text: str) -> tuple[str, str]:
    """A secret's id or path, and a field's slug, of `secret/slug`; a path's `/` are its folders.

    `7/password`, `Servers/web-1/password`; percent-encode what is no separator. Raises ValueError.
    """
    secret, _, slug = text.removeprefix(SCHEME).rpartition("/")
    if not secret or not slug:
        raise ValueError(f"{text!r} is no reference: it is written <secret>/<field>")
    return "\\".join(unquote(one) for one in secret.split("/")), unquote(slug)


def resolved(environment: Mapping[str, str], read: Callable[[str, str], str]) -> dict[str, str]:
    """The environment with each reference replaced by its value; each value is read once."""
    known: dict[tuple[str, str], str] = {}

    def value(text: str) -> str:
        if not text.startswith(SCHEME):
            return text
        named = parse(text)
        if named not in known:
            known[named] = read(*named)
        return known[named]

    return {name: value(text) for name, text in environment.items()}
