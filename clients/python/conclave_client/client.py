"""A session at a Conclave."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from conclave_client import chunks
from conclave_client.errors import NotLoggedIn, Refused, TooLarge
from conclave_client.http import Body, Http
from conclave_client.models import Found, Secret, Tokens

_PAGE = 100
_THROUGH_API = 4 * 1024 * 1024


class Client:
    """What a program does at a Conclave: find, read and change secrets.

    A secret is named by its id, or by its path such as `\\Servers\\web-1` (a `/` does as well).
    Every call raises one of `conclave_client.errors`; a session that has ended is renewed once.

    on_tokens: called with each new pair of tokens, to keep them
    """

    def __init__(
        self, http: Http, tokens: Tokens, on_tokens: Callable[[Tokens], None] | None = None
    ) -> None:
        self._http, self._tokens = http, tokens
        self._on_tokens = on_tokens

    @classmethod
    def log_in(
        cls,
        where: str | Http,
        username: str,
        password: str,
        *,
        otp: str = "",
        on_tokens: Callable[[Tokens], None] | None = None,
    ) -> Client:
        """A new session. Raises NotLoggedIn, which does not tell what was wrong.

        where: the base URL, such as `https://vault.example/SecretServer`
        otp:   a code of the second factor, for who has one
        """
        http = where if isinstance(where, Http) else Http(where)
        form = {"grant_type": "password", "username": username, "password": password}
        tokens = _issued(http, form, {"OTP": otp} if otp else {})
        if on_tokens:
            on_tokens(tokens)
        return cls(http, tokens, on_tokens)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.log_out()
        finally:
            self._http.close()

    def log_out(self) -> None:
        """End the session; it may have ended before."""
        with suppress(NotLoggedIn):
            self._http.ask("POST", "/api/v1/oauth-expiration", headers=self._bearer())

    def whoami(self) -> str:
        """The session's user name."""
        return str(self._ask("GET", "/api/v1/users/current")["userName"])

    def find(self, text: str = "", *, folder_id: int | None = None) -> Iterator[Found]:
        """Secrets that the session may see and that the text is found in, by name."""
        query = {"filter.searchText": text, "sortBy[0].name": "name"}
        if folder_id is not None:
            query |= {"filter.folderId": str(folder_id), "filter.includeSubFolders": "true"}
        skip = 0
        while True:
            page = {"skip": str(skip), "take": str(_PAGE), "filter.doNotCalculateTotal": "true"}
            found = self._ask("GET", "/api/v2/secrets", query={**query, **page})
            yield from map(Found.of, found["records"])
            if not found["hasNext"]:
                return
            skip += _PAGE

    def secret(self, secret: int | str, *, comment: str = "", double_lock: str = "") -> Secret:
        """A secret with its values: this is audited as a view.

        comment:     why, where the secret asks for it
        double_lock: the session's user's second password, where the secret is under a DoubleLock
        """
        return Secret.of(self._read(secret, "", comment, double_lock))

    def field(
        self,
        secret: int | str,
        slug: str = "password",
        *,
        comment: str = "",
        double_lock: str = "",
    ) -> str:
        """The value of one field: this is audited as a view. Arguments as of `secret`."""
        return _text(self._read(secret, f"/fields/{slug}", comment, double_lock))

    def put(
        self,
        secret: int | str,
        slug: str,
        value: str,
        *,
        comment: str = "",
        double_lock: str = "",
    ) -> None:
        """Store another value of a field. It may be repeated. Arguments as of `secret`."""
        number, query = _named(secret, {"autoComment": comment})
        body = Body.json({"value": value, **_second(double_lock)})
        self._ask("PUT", f"/api/v1/secrets/{number}/fields/{slug}", query=query, body=body)

    def file(
        self, secret: int | str, slug: str, *, comment: str = "", double_lock: str = ""
    ) -> bytes:
        """The file of one field, as it was stored: this is audited as a view.

        One of more than 4 MB comes from where the vault says, and is opened here: that needs
        `conclave-client[files]`.
        """
        try:
            found = self._read(secret, f"/fields/{slug}", comment, double_lock)
        except TooLarge:
            return self._large_file(secret, slug, comment)
        return found if isinstance(found, bytes) else str(found).encode()

    def put_file(
        self, secret: int | str, slug: str, name: str, content: bytes, *, comment: str = ""
    ) -> None:
        """Store another file in a field, of up to 100 MB. It may be repeated.

        One of more than 4 MB is sealed here and goes where the vault says: that needs
        `conclave-client[files]`.
        """
        number, query = _named(secret, {"autoComment": comment})
        path = f"/api/v1/secrets/{number}/fields/{slug}"
        if len(content) <= _THROUGH_API:
            self._ask("PUT", path, query=query, body=Body.file(name, content))
            return
        asked = Body.json({"fileName": name, "size": len(content)})
        told = self._ask("POST", f"{path}/upload", query=query, body=asked)
        self._http.send(told["url"], chunks.seal(told["key"], told["uploadId"], content))
        done = Body.json({"uploadId": told["uploadId"]})
        self._ask("PUT", f"{path}/upload", query=query, body=done)

    def _large_file(self, secret: int | str, slug: str, comment: str) -> bytes:
        number, query = _named(secret, {"autoComment": comment})
        path = f"/api/v1/secrets/{number}/fields/{slug}/download"
        told = self._ask("POST", path, query=query, body=Body.json({"comment": comment}))
        sealed = self._http.fetch(told["url"])
        return chunks.opened(told["key"], told["uploadId"], told["size"], sealed)

    def create(
        self, name: str, template: str, fields: Mapping[str, str], *, folder_id: int = -1
    ) -> int:
        """A new secret; its id. Raises Refused where no template has that name."""
        known = self._ask("GET", "/api/v1/secret-templates", query={"take": "1000"})["records"]
        ids = [one["id"] for one in known if one["name"].lower() == template.lower()]
        if not ids:
            raise Refused(f"no template is named {template!r}")
        body = {
            "name": name,
            "secretTemplateId": ids[0],
            "folderId": folder_id,
            "siteId": 1,
            "items": [{"slug": slug, "itemValue": value} for slug, value in fields.items()],
        }
        return int(self._ask("POST", "/api/v1/secrets", body=Body.json(body))["id"])

    def import_file(self, content: bytes, how: Mapping[str, Any], *, dry_run: bool) -> Any:
        """Import a file of another vault, or with `dry_run` tell what that would do.

        how: as the API's body has it: `format`, `folderPath`, `unmatched`, `password`, ...
        """
        path = "/api/v1/secret-import" + ("/verify" if dry_run else "")
        body = {**how, "file": b64encode(content).decode()}
        return self._ask("POST", path, body=Body.json(body))

    def progress(self, operation: str) -> Any:
        """How far a bulk operation is: an import, say."""
        return self._ask("GET", f"/api/v1/bulk-operations/{operation}/progress")

    def ask_export(self, notes: str, password: str, how: Mapping[str, Any]) -> Any:
        """Ask for an export under that password of its ZIP; `jobId` and `status`."""
        body = {"data": {**how, "notes": notes, "password": password}}
        return self._ask("POST", "/api/v2/secrets/export/job", body=Body.json(body))

    def export_details(self, job: str) -> Any:
        """How an export stands: `status`, and what was `leftOut`."""
        return self._ask("GET", f"/api/v2/secrets/export/{job}/details")

    def fetch_export(self, job: str) -> bytes:
        """The encrypted ZIP of an export. Once."""
        found = self._ask("GET", f"/api/v2/secrets/export/job/{job}")
        return found if isinstance(found, bytes) else str(found).encode()

    def _read(self, secret: int | str, part: str, comment: str, double_lock: str) -> Any:
        """What is under a DoubleLock is asked for by POST: a password is in no URL."""
        number, query = _named(secret, {"autoComment": comment})
        if not double_lock:
            return self._ask("GET", f"/api/v1/secrets/{number}{part}", query=query)
        path = f"/api/v1/secrets/{number}/restricted{part}"
        body = Body.json({"comment": comment, **_second(double_lock)})
        return self._ask("POST", path, query=query, body=body)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        """An answer with the session as it is, or as it is once renewed."""
        try:
            return self._http.ask(method, path, headers=self._bearer(), **options)
        except NotLoggedIn:
            self._renew()
        return self._http.ask(method, path, headers=self._bearer(), **options)

    def _renew(self) -> None:
        if not self._tokens.refresh:
            raise NotLoggedIn("the session has ended: log in again")
        form = {"grant_type": "refresh_token", "refresh_token": self._tokens.refresh}
        self._tokens = _issued(self._http, form, {})
        if self._on_tokens:
            self._on_tokens(self._tokens)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens.access}"}


def _issued(http: Http, form: Mapping[str, str], headers: Mapping[str, str]) -> Tokens:
    try:
        told = http.ask("POST", "/oauth2/token", body=Body.form(form), headers=headers)
    except Refused as error:
        raise NotLoggedIn(str(error), error.code) from None
    return Tokens(told["access_token"], told.get("refresh_token") or "")


def _named(secret: int | str, query: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """How a request names a secret: by its id, or by 0 and its path."""
    kept = {name: value for name, value in query.items() if value}
    if isinstance(secret, int) or secret.isdecimal():
        return int(secret), kept
    path = secret.replace("/", "\\")
    return 0, {**kept, "secretPath": path if path.startswith("\\") else "\\" + path}


def _second(password: str) -> dict[str, str]:
    return {"doubleLockPassword": password} if password else {}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value if value is not None else "")
