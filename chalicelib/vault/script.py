"""Scripts that hooks run on machines: kept by who administers scripts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid

MAX_NAME = 100
MAX_DESCRIPTION = 1_000
MAX_TEXT = 16_000
"""Characters of a script: it travels sealed with each claim."""

SSH = "SSH"
LATER = {"powershell": "PowerShell", "sql": "SQL"}
MOST = 500


@dataclass(frozen=True, slots=True)
class Script:
    """One script for the POSIX shell of a machine.

    category: a number of the client's own, kept and shown
    version:  of the stored row; a change is based on one
    """

    id: int
    name: str
    text: str
    description: str = ""
    is_active: bool = True
    category: int = 0
    version: int = 0


def demand_ssh(kind: str) -> None:
    """Raise Invalid, by name, for scripts of other kinds."""
    known = kind.strip().casefold()
    if known in LATER:
        raise Invalid(f"{LATER[known]} scripts are not in this version: scriptType must be SSH.")
    if known != SSH.casefold():
        raise Invalid("scriptType must be SSH.")


def whole(script: Script) -> Script:
    """The script as it is stored. Raises Invalid for one that no shell could run."""
    clean = replace(
        script,
        name=script.name.strip(),
        description=script.description.strip(),
        text=script.text.replace("\r\n", "\n"),
    )
    if not 1 <= len(clean.name) <= MAX_NAME or len(clean.description) > MAX_DESCRIPTION:
        raise Invalid(f"A script's name has 1 to {MAX_NAME} characters.")
    if not clean.text.strip() or len(clean.text) > MAX_TEXT or "\0" in clean.text:
        raise Invalid(f"script must have 1 to {MAX_TEXT} characters, and no NUL among them.")
    return clean
