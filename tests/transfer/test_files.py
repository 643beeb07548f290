"""Files of other vaults: read whole, bounded before anything is done, or refused plainly."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pykeepass.kdbx_parsing.common import aes_kdf

from chalicelib.core.errors import ConclaveError, Invalid, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.transfer import record as caps
from chalicelib.transfer.files import bitwarden_file, csv_file, kdbx_file, kdbx_header, xml_file
from chalicelib.transfer.record import Record, demand_file
from tests.canary import canary

PASSWORD = canary()
KEEPASS = "keepass"
FORMULAS = ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "'quoted", "'=1", 'plain, "quoted"\r\nline')


def plain(one: Record) -> tuple[str, str, tuple[str, ...], dict[str, str]]:
    return one.name, one.template, one.folder, {name: at.reveal() for name, at in one.values}


def records() -> list[Record]:
    many = tuple((f"Field {n}", Plain(text)) for n, text in enumerate(FORMULAS))
    return [
        Record("-one", many, "=A template", ("@A", "B")),
        Record("two", (("Password", Plain(PASSWORD)), ("Notes", Plain("é <&> 漢"))), "Password"),
    ]


@pytest.mark.parametrize("file", [csv_file, xml_file], ids=["csv", "xml"])
def test_what_is_written_is_read_again(file: object) -> None:
    again = file.read(file.written(records()))  # type: ignore[attr-defined]
    assert sorted(map(plain, again), key=str) == sorted(map(plain, records()), key=str)


def test_no_cell_of_a_written_csv_begins_a_formula() -> None:
    import csv

    text = csv_file.written(records()).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_csv_of_others_is_read_as_it_is_and_each_of_its_sections() -> None:
    text = (
        "SecretName,Username,Password,Folder\r\nsw1,=adm,'-pw,Net\\Core\r\n\r\n"
        "Secret Name,Server,Secret Template\r\ndb1,db1.example,SQL Server Account\r\nx,y,z,more\r\n"
    )
    sw, db, wrong = csv_file.read(text.encode("utf-16"))
    assert plain(sw) == ("sw1", "", ("Net", "Core"), {"Username": "=adm", "Password": "'-pw"})
    assert plain(db) == ("db1", "SQL Server Account", (), {"Server": "db1.example"})
    assert "4 cells" in wrong.fault
    bare = csv_file.read(b"n,u\n", columns=("Secret Name", "Username"))
    assert [plain(one)[3] for one in bare] == [{"Username": "u"}]


def test_bitwardens_items_become_records() -> None:
    login = {"username": "u", "password": PASSWORD, "totp": "SEED", "uris": [{"uri": "https://x"}]}
    item = {"type": 1, "name": "web", "folderId": "f", "login": login, "notes": None}
    card = {"type": 3, "name": "card", "card": {"number": "4", "expMonth": "5", "expYear": "2030"}}
    extra = {**item, "name": "b", "login": None, "fields": [{"name": "PIN", "value": "1"}]}
    file = {"folders": [{"id": "f", "name": "A/B"}], "items": [item, card, extra]}
    web, paid, more = bitwarden_file.read(json.dumps(file).encode())
    values = {"UserName": "u", "Password": PASSWORD, "TOTP Key": "SEED", "URL": "https://x"}
    assert plain(web) == ("web", "Web Password with TOTP", ("A", "B"), values)
    assert plain(paid)[3] == {"Card Number": "4", "Expiration Date": "5/2030"}
    assert plain(more)[3] == {"PIN": "1"}


@pytest.fixture
def database() -> bytes:
    """A KeePass database with a cheap key, by pykeepass: its own take seconds."""
    return (Path(__file__).parent / "cheap.kdbx").read_bytes()


def test_a_keepass_database_becomes_records_without_its_bin(database: bytes) -> None:
    (found,) = kdbx_file.read(database, Plain(KEEPASS))
    assert plain(found) == (
        "sw1",
        "Web Password with TOTP",
        ("Net-Core",),
        {
            "UserName": "adm",
            "Password": "a <password> & é",
            "URL": "https://sw1",
            "Notes": "n",
            "TOTP Key": "SEED",
            "PIN": "1234",
        },
    )


def test_what_a_keepass_key_costs_is_read_before_it_is_derived(database: bytes) -> None:
    cost = kdbx_header.cost_of(database)
    assert (cost.memory, cost.passes, cost.lanes) == (512 * 1024, 1, 2)
    kdbx_header.demand_cheap(cost)
    memory = (512 * 1024).to_bytes(8, "little")
    dear = database.replace(memory, (2**40).to_bytes(8, "little"), 1)
    with pytest.raises(TooLarge, match="takes too much to derive"):
        kdbx_file.read(dear, Plain(KEEPASS))
    for wrong in (
        kdbx_header.Cost(memory=2**20, passes=2**20),
        kdbx_header.Cost(memory=2**20, passes=1, lanes=99),
        kdbx_header.Cost(rounds=10**9),
    ):
        with pytest.raises(TooLarge):
            kdbx_header.demand_cheap(wrong)


def test_rounds_of_aes_give_what_the_library_gives() -> None:
    for rounds in (0, 1, 3000):
        ours = kdbx_file.aes_derived(b"s" * 32, rounds, b"k" * 32)
        assert ours == aes_kdf(b"s" * 32, rounds, b"k" * 32)


def test_what_a_database_unpacks_to_is_bounded() -> None:
    assert kdbx_file.unpacked(gzip.compress(b"x" * 1000)) == b"x" * 1000
    with pytest.raises(TooLarge, match="unpacks to more"):
        kdbx_file.unpacked(gzip.compress(bytes(2 * caps.SMALL)))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<ImportFile><Secrets><Secret><SecretName>&b;</SecretName></Secret></Secrets></ImportFile>"""
OUTSIDE = BOMB.replace(b'"aaaa"', b'SYSTEM "file:///etc/passwd"')


def keepass(content: bytes) -> list[Record]:
    return kdbx_file.read(content, Plain(PASSWORD))


@pytest.mark.parametrize(
    ("read", "content", "says"),
    [
        (csv_file.read, b"PK\x03\x04\0\0", "not CSV"),
        (csv_file.read, b"\xff\xfe\xfd", "not CSV"),
        (csv_file.read, b"a,b\n1,2\n", "no line of names"),
        (csv_file.read, b'Secret Name,A\n"x', "not CSV"),
        (csv_file.read, b"Secret Name,A,A\n", "twice"),
        (csv_file.read, b"Secret Name\n", "no secrets"),
        (xml_file.read, b"Secret Name,A\n", "not XML"),
        (xml_file.read, b"<Other/>", "not ImportFile"),
        (xml_file.read, b"<ImportFile/>", "no secrets"),
        (xml_file.read, BOMB, "DOCTYPE or entities"),
        (xml_file.read, OUTSIDE, "DOCTYPE or entities"),
        (bitwarden_file.read, b"<x/>", "not Bitwarden"),
        (bitwarden_file.read, b"[" * 100_000, "not Bitwarden"),
        (bitwarden_file.read, b'{"encrypted": true, "items": []}', "is encrypted"),
        (bitwarden_file.read, b'{"items": []}', "no items"),
        (keepass, b"PK\x03\x04", "no KeePass database"),
        (keepass, kdbx_header.SIGNATURE + b"\0\0\4\0", "no KeePass database"),
        (keepass, kdbx_header.OLDER + bytes(20), "KeePass 1"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_in_one_sentence(
    read: Callable[[bytes], list[Record]], content: bytes, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        read(content)
    assert len(str(refused.value)) < caps.MOST_FAULT


def test_a_database_that_is_cut_or_opened_wrongly_is_refused(database: bytes) -> None:
    for content, password in ((database[:-40], KEEPASS), (database, canary())):
        with pytest.raises(Invalid):
            kdbx_file.read(content, Plain(password))


def test_size_and_number_of_records_are_bounded() -> None:
    for wrong in (b"", bytes(caps.MOST_BYTES + 1)):
        with pytest.raises(ConclaveError):
            demand_file(wrong)
    rows = b"Secret Name\n" + b"x\n" * (caps.MOST_RECORDS + 1)
    with pytest.raises(TooLarge):
        csv_file.read(rows)
