"""The cluster's own API, as the launcher uses it to set a cluster up."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any


class ApiError(Exception):
    """The API said no. `status` is 0 when nobody answered."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Api:
    base_url: str
    token: str = ""

    def login(self, username: str, password: str) -> "Api":
        """Raises ApiError with status 400 or 401 when the password is not (any more) right."""
        form = {"grant_type": "password", "username": username, "password": password}
        body = urllib.parse.urlencode(form).encode()
        answer = self._call("POST", "/oauth2/token", body, "application/x-www-form-urlencoded")
        return Api(self.base_url, answer["access_token"])

    def get(self, path: str, **query: str | int) -> Any:
        question = "?" + urllib.parse.urlencode(query) if query else ""
        return self._call("GET", f"/api/v1/{path}{question}")

    def post(self, path: str, value: object) -> Any:
        return self._call("POST", f"/api/v1/{path}", json.dumps(value).encode())

    def put(self, path: str, value: object) -> Any:
        return self._call("PUT", f"/api/v1/{path}", json.dumps(value).encode())

    def patch(self, path: str, value: object) -> Any:
        return self._call("PATCH", f"/api/v1/{path}", json.dumps(value).encode())

    def wait(self, patience: float) -> None:
        """Return once the node says that it is healthy, or at least answers."""
        deadline = time.monotonic() + patience
        while True:
            try:
                self._call("GET", "/api/v1/healthcheck")
            except ApiError as error:
                if error.status >= 400 and error.status != 502:
                    return
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def _call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Any:
        headers = {"Content-Type": kind, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(  # noqa: S310 (http on loopback)
            self.base_url + path, body, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, f"{method} {path}: {_reason(error)}") from None
        except (OSError, ValueError) as error:
            raise ApiError(0, f"{method} {path}: {error}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        value = json.load(error)
    except ValueError:
        return str(error.code)
    text = value.get("message") or value.get("error") if isinstance(value, dict) else value
    return f"{error.code} {text}"
