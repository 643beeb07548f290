"""The command line `conclave`. Values come and go by standard input and output, never by argv."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click

from conclave_client import VERSION, agent, kept, references, transfers
from conclave_client.client import Client
from conclave_client.errors import ConclaveError
from conclave_client.http import Http
from conclave_client.models import Tokens

P = ParamSpec("P")
R = TypeVar("R")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """What goes wrong is one line, and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ConclaveError, ValueError) as error:
            raise click.ClickException(str(error)) from None

    return run


_double_lock = click.option(
    "--double-lock",
    is_flag=True,
    help="Ask for your DoubleLock password; where input is no terminal, it is its first line.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="%(version)s")
def main() -> None:
    """Secrets of a Conclave: find, read and change them, and run programs with them.

    A SECRET is an id, or a path such as Servers/web-1.
    """


@main.command()
@click.option("--url", envvar="CONCLAVE_URL", required=True, help="https://vault/SecretServer, say")
@click.option("--username", "-u", envvar="CONCLAVE_USERNAME", prompt=True)
@click.option("--otp", is_flag=True, help="Ask for a code of your second factor as well.")
@click.option("--password-stdin", is_flag=True, help="Read password, then code, from lines.")
@click.option("--ca-file", help="Certificates to trust instead of the system's.")
@_told
def login(url: str, username: str, otp: bool, password_stdin: bool, ca_file: str | None) -> None:
    """Begin a session; the password is not kept."""
    http = Http(url, ca_file=ca_file)

    def asked(what: str) -> str:
        return _line() if password_stdin else str(click.prompt(what, hide_input=True, err=True))

    password = asked("Password")
    code = asked("Code of the second factor") if otp else ""
    client = Client.log_in(http, username, password, otp=code, on_tokens=_keeper(url))
    click.echo(f"{client.whoami()} is logged in at {http.base_url}.", err=True)


@main.command()
@_told
def logout() -> None:
    """End the session, here and at the server."""
    try:
        _client().log_out()
    finally:
        kept.forget()


@main.command()
@click.argument("text", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_told
def find(text: str, as_json: bool) -> None:
    """List secrets by name, without values."""
    for one in _client().find(text):
        if as_json:
            click.echo(json.dumps(asdict(one)))
        else:
            click.echo(f"{one.id:>8}  {one.folder or '-'}  {one.name}  ({one.template})")


@main.command()
@click.argument("secret")
@click.argument("slug", metavar="FIELD", default="password")
@click.option("--field", "field", help="The same FIELD, by name.")
@click.option("--json", "as_json", is_flag=True, help="The whole secret, with all its values.")
@click.option("--comment", default="", help="Why, where the secret asks for it.")
@_double_lock
@_told
def get(  # noqa: PLR0913 - one for each option
    secret: str, slug: str, field: str | None, as_json: bool, comment: str, double_lock: bool
) -> None:
    """Write the value of a FIELD to standard output; of a file, its bytes as they are."""
    second = _second(double_lock)
    if as_json:
        found = _client().secret(secret, comment=comment, double_lock=second)
        click.echo(json.dumps({**asdict(found), "fields": dict(found.fields)}))
    else:
        value = _client().file(secret, field or slug, comment=comment, double_lock=second)
        click.echo(value, nl=sys.stdout.isatty())


@main.command()
@click.argument("secret")
@click.argument("slug", metavar="FIELD", default="password")
@click.option("--field", "field", help="The same FIELD, by name.")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--comment", default="", help="Why, where the secret asks for it.")
@_double_lock
@_told
def put(  # noqa: PLR0913 - one for each option
    secret: str, slug: str, field: str | None, file: Path | None, comment: str, double_lock: bool
) -> None:
    """Store another value of a FIELD, from standard input; or a file, with --file."""
    second = _second(double_lock)
    if file is not None:
        _client().put_file(secret, field or slug, file.name, file.read_bytes(), comment=comment)
        return
    value = (
        click.prompt("New value", hide_input=True, confirmation_prompt=True, err=True)
        if sys.stdin.isatty()
        else _line()
    )
    _client().put(secret, field or slug, value, comment=comment, double_lock=second)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--env", "-e", "given", multiple=True, metavar="NAME=SECRET/FIELD")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_told
def run(given: tuple[str, ...], command: tuple[str, ...]) -> NoReturn:
    """Run a program with values in its environment.

    Such as `conclave run -e PGPASSWORD=7/password -- psql`. Variables that hold a reference, such
    as conclave://7/password, are replaced as well. The program takes this one's place, and ends
    as it ends.
    """
    environment = {**os.environ, **dict(_pair(one) for one in given)}
    client = _client()
    environment = references.resolved(environment, client.field)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - this is what it is for
    except OSError as error:
        raise ValueError(f"{command[0]}: {error.strerror}") from None


@main.command("ssh-add")
@click.argument("secret")
@click.option("--key", default="private-key", show_default=True, help="The field of the key.")
@click.option("--passphrase", default="private-key-passphrase", show_default=True)
@click.option("--lifetime", "-t", default=3600, show_default=True, help="Seconds in the agent.")
@_told
def ssh_add(secret: str, key: str, passphrase: str, lifetime: int) -> None:
    """Load a key into ssh-agent for a time."""
    found = _client().secret(secret)
    text = found.fields.get(key) or _client().file(secret, key).decode("ascii", "replace")
    agent.load_key(text, found.fields.get(passphrase, ""), lifetime, found.name)
    click.echo(f"The key of {found.name} is in the agent for {lifetime} s.", err=True)


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would be made; nothing is.")
@click.option("--format", "format", help="csv, xml, kdbx or bitwarden; else by the file's name.")
@click.option("--into", default="", help="The folder that all goes into, such as Imported/KeePass.")
@click.option("--template", type=int, default=0, help="The id, for what names none.")
@click.option("--column", "-c", "columns", multiple=True, metavar="NAME=FIELD")
@click.option("--unmatched", default="refuse", help="What is no field's: refuse, notes or ignore.")
@click.option("--password-stdin", is_flag=True, help="A KeePass database's password from a line.")
@_told
def import_(  # noqa: PLR0913 - one for each option
    file: Path,
    dry_run: bool,
    format: str | None,
    into: str,
    template: int,
    columns: tuple[str, ...],
    unmatched: str,
    password_stdin: bool,
) -> None:
    """Import the secrets of a FILE; exit code 1 when some could not be."""
    how = {
        "format": format or transfers.format_of(file),
        "folderPath": into,
        "templateId": template,
        "unmatched": unmatched,
        "columns": [
            dict(zip(("name", "field"), one.split("=", 1), strict=False)) for one in columns
        ],
    }
    if how["format"] == "kdbx":
        how["password"] = _line() if password_stdin else click.prompt("Password", hide_input=True)
    client, content = _client(), file.read_bytes()
    found = client.import_file(content, how, dry_run=dry_run)
    if dry_run:
        transfers.told(found, click.echo)
        sys.exit(bool(found["errorCount"]))
    sys.exit(not transfers.finished(client, found["bulkOperationId"], click.echo))


@main.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The new ZIP.")
@click.option("--notes", default="", help="Why: it goes onto the trail.")
@click.option("--folder", type=int, help="The id; without it all secrets.")
@click.option("--format", "format", default="csv", show_default=True, help="csv or xml.")
@click.option("--password-stdin", is_flag=True, help="The ZIP's password from a line.")
@click.option("--job", default="", help="Fetch one that was asked for, and waited for approval.")
@_told
def export(  # noqa: PLR0913 - one for each option
    out: Path, notes: str, folder: int | None, format: str, password_stdin: bool, job: str
) -> None:
    """Export secrets into a ZIP encrypted under a password of 16 characters or more."""
    if out.exists():
        raise ValueError(f"{out}: there is such a file")
    client = _client()
    if not job:
        password = _line() if password_stdin else _new_password("Password of the ZIP")
        how = {"folderId": folder, "exportFormat": format}
        job = client.ask_export(notes, password, how)["jobId"]
    transfers.ready(client, job, lambda text: click.echo(text, err=True))
    transfers.keep(out, client.fetch_export(job))


def _new_password(what: str) -> str:
    return str(click.prompt(what, hide_input=True, confirmation_prompt=True, err=True))


def _second(asked: bool) -> str:
    if not asked:
        return ""
    if not sys.stdin.isatty():
        return _line()
    return str(click.prompt("DoubleLock password", hide_input=True, err=True))


def _client() -> Client:
    session = kept.load()
    return Client(Http(session.base_url), session.tokens, _keeper(session.base_url))


def _keeper(base_url: str) -> Callable[[Tokens], None]:
    return lambda tokens: kept.store(kept.Kept(base_url, tokens))


def _pair(text: str) -> tuple[str, str]:
    name, equals, reference = text.partition("=")
    if not equals or not name:
        raise ValueError(f"{text!r} is no NAME=SECRET/FIELD")
    return name, references.SCHEME + reference.removeprefix(references.SCHEME)


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
