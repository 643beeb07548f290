"""The templates that every cluster has, as one table. They are code, not rows: none can be lost.

Ids are those that clients rely on, where these are known. A plain name is a field of text that is
searched, `!` says that it is required; the slug is the name's unless it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from .field_ids import field_id, slug_of
from .requirement import DEFAULT, PIN, Requirement
from .templates import (
    PASSWORD,
    POSTGRESQL_ACCOUNT,
    UNIX_ACCOUNT_SSH,
    WEB_PASSWORD,
    WINDOWS_ACCOUNT,
    FieldType,
    Part,
    Template,
    TemplateField,
)

HISTORY = 10
"""So many former passwords are kept."""


def text(name: str, description: str = "", slug: str = "") -> TemplateField:
    bare = name.rstrip("!")
    return TemplateField(
        0,
        0,
        bare,
        slug or slug_of(bare),
        is_required=name.endswith("!"),
        is_indexable=True,
        description=description,
    )


def password(name: str = "Password", rules: Requirement | None = DEFAULT) -> TemplateField:
    """`rules` None: what the field holds is given by others, and meets no requirement of ours."""
    return TemplateField(
        0,
        0,
        name,
        slug_of(name),
        FieldType.PASSWORD,
        history=HISTORY,
        requirement=rules.id if rules else None,
        rules=rules,
    )


def hidden(name: str) -> TemplateField:
    return password(name, None)


def attached(name: str) -> TemplateField:
    return TemplateField(0, 0, name, slug_of(name), FieldType.FILE)


def link(name: str = "URL") -> TemplateField:
    return TemplateField(0, 0, name, slug_of(name), FieldType.URL, is_indexable=True)


def listed(name: str) -> TemplateField:
    return TemplateField(0, 0, name, slug_of(name), FieldType.LIST, is_indexable=True)


SECRET = password()
NOTES = TemplateField(0, 0, "Notes", "notes", FieldType.NOTES)
USER = text("Username")
MACHINE = text("Machine!", "The computer's name or address.")
SERVER = text("Server!", "The server's name or address.")
HOST = text("Host!", "The device's name or address.")
PORT = text("Port", "Where it listens; its usual port when empty.")
KEY_FIELDS = (attached("Private Key"), hidden("Private Key Passphrase"), attached("Public Key"))
UNIX = (text("Machine!", "The host's name or address."), text("Username!"), SECRET, NOTES)
DATABASE = (SERVER, text("Database"), USER, SECRET, NOTES)
DEVICE = (HOST, USER, SECRET, NOTES)
SITE = (link(), USER, SECRET, NOTES)

_TABLE: tuple[tuple[int, str, tuple[str | TemplateField, ...]], ...] = (
    (1, "Credit Card", ("Card Type", "Full Name", hidden("Card Number"), "Expiration Date",
                        hidden("Security Code"), NOTES)),
    (PASSWORD, "Password", (text("Resource", "What the password opens."), USER, SECRET, NOTES)),
    (3, "Pin", ("Resource", password("Pin Code", PIN), NOTES)),
    (4, "Bank Account", ("Bank", link(), "Account Holder", hidden("Account Number"),
                         "Routing Number", USER, SECRET, NOTES)),
    (5, "Combination Lock", ("Location", hidden("Combination"), NOTES)),
    (6, "Contact", ("First Name", "Last Name", "Company", "Email", "Phone", "Address", NOTES)),
    (7, "Healthcare", ("Provider", "Member Name", hidden("Member Number"), "Group Number",
                       "Phone", link(), USER, SECRET, NOTES)),
    (8, "Product License Key", ("Product", "Version", "Licensed To", hidden("License Key"), NOTES)),
    (WEB_PASSWORD, "Web Password", (link(), text("UserName"), SECRET, NOTES)),
    (10, "Security Alarm Code", ("Location", password("Code", PIN), hidden("Passphrase"),
                                 "Company Phone", NOTES)),
    (11, "Social Security Number", ("Full Name", hidden("Social Security Number"), NOTES)),
    (12, "Windows LiveAccount", (text("Live ID"), USER, SECRET, NOTES)),
    (6001, "Active Directory Account", (text("Domain!"), text("Username!"), SECRET, NOTES)),
    (6002, "SQL Server Account", (SERVER, USER, SECRET, NOTES)),
    (WINDOWS_ACCOUNT, "Windows Account", (MACHINE, text("Username!"), SECRET, NOTES)),
    (6004, "Cisco Account (SSH)", DEVICE),
    (6005, "Cisco Account (Telnet)", DEVICE),
    (6006, "Cisco Enable Secret (SSH)", (HOST, USER, SECRET, hidden("Enable Password"), NOTES)),
    (UNIX_ACCOUNT_SSH, "Unix Account (SSH)",
        (*UNIX, text("Port", "Where sshd listens; 22 when empty."))),
    (6008, "Oracle Account", (SERVER, PORT, text("Database"), USER, SECRET, NOTES)),
    (6009, "Cisco Enable Secret (Telnet)", (HOST, USER, SECRET, hidden("Enable Password"), NOTES)),
    (6010, "Cisco VPN Connection", (HOST, "Group Name", hidden("Group Password"), USER, SECRET,
                                    NOTES)),
    (6011, "Unix Account (Telnet)", UNIX),
    (6012, "Unix Root Account (SSH)", UNIX),
    (6013, "MySql Account", DATABASE),
    (6014, "Sybase Account", DATABASE),
    (6015, "OpenLDAP Account", (SERVER, PORT, text("Distinguished Name!"), SECRET, NOTES)),
    (6016, "VMware ESX/ESXi", DEVICE),
    (6017, "HP iLO Account (SSH)", DEVICE),
    (6018, "IBM iSeries Mainframe", DEVICE),
    (6019, "z/OS Mainframe", DEVICE),
    (6020, "SonicWall NSA Admin", DEVICE),
    (6021, "SonicWall NSA Local User", DEVICE),
    (6022, "SonicWall NSA Web Admin", SITE),
    (6023, "SonicWall NSA Web Local User", SITE),
    (6024, "WatchGuard", DEVICE),
    (6025, "SAP Account", (HOST, "System Number", "Client", USER, SECRET, NOTES)),
    (6026, "SSH Key", (attached("Public Key"), attached("Private Key"),
                       hidden("Private Key Passphrase"), NOTES)),
    (6027, "SAP SNC Account", (HOST, "System Number", "Client", "SNC Name", USER, SECRET, NOTES)),
    (6028, "Amazon IAM Console Password", ("Account Id", USER, SECRET, link(), NOTES)),
    (6029, "Amazon IAM Key", (USER, text("Access Key"), hidden("Secret Key"), NOTES)),
    (POSTGRESQL_ACCOUNT, "PostgreSQL Account",
        (SERVER, text("Port", "Where it listens; 5432 when empty."),
         text("Database", "Where to log in; postgres when empty."), text("Username!"),
         SECRET, NOTES)),
    (6031, "Office365 Account", (USER, SECRET, NOTES)),
    (6032, "Unix Account (SSH Key Rotation)", (*UNIX, *KEY_FIELDS)),
    (6033, "Unix Account (SSH Key Rotation - No Password)",
        (*UNIX[:2], NOTES, *KEY_FIELDS)),
    (6034, "Unix Account (Privileged Account SSH Key Rotation)", (*UNIX, *KEY_FIELDS)),
    (6035, "Unix Account (Privileged Account SSH Key Rotation - No Password)",
        (*UNIX[:2], NOTES, *KEY_FIELDS)),
    (6036, "Generic Discovery Credentials", (USER, SECRET, "Domain", NOTES)),
    (6037, "DevOps Secrets Vault Client Credentials",
        ("Tenant", "Client Id", hidden("Client Secret"), NOTES)),
    (6038, "Update Secret From Script Template", (MACHINE, USER, SECRET, listed("Arguments"),
                                                  NOTES)),
    (6039, "Web Password with TOTP", (link(), text("UserName"), SECRET, NOTES,
                                      hidden("TOTP Key"))),
)  # fmt: skip

CHANGED: Mapping[int, tuple[str, Mapping[Part, str]]] = MappingProxyType(
    {
        UNIX_ACCOUNT_SSH: (
            "unix_ssh",
            MappingProxyType(
                {
                    Part.MACHINE: "machine",
                    Part.PORT: "port",
                    Part.USERNAME: "username",
                    Part.PASSWORD: "password",
                }
            ),
        ),
        POSTGRESQL_ACCOUNT: (
            "postgresql",
            MappingProxyType(
                {
                    Part.MACHINE: "server",
                    Part.PORT: "port",
                    Part.DATABASE: "database",
                    Part.USERNAME: "username",
                    Part.PASSWORD: "password",
                }
            ),
        ),
    }
)
"""What checks and changes the passwords of a template, and the field of each part it asks for."""


def _template(id: int, name: str, declared: tuple[str | TemplateField, ...]) -> Template:
    fields = [text(one) if isinstance(one, str) else one for one in declared]
    placed = tuple(
        replace(one, id=field_id(id, number), number=number) for number, one in enumerate(fields, 1)
    )
    changer, parts = CHANGED.get(id, ("", MappingProxyType({})))
    return Template(id, name, placed, changer, parts)


BUILT_IN: Mapping[int, Template] = MappingProxyType({row[0]: _template(*row) for row in _TABLE})
