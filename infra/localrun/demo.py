"""The demonstration: a site with one engine, and two accounts of a stand-in server as secrets."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localrun.accounts import Accounts, fresh_password
from infra.localrun.api import Api

SITE = "Demo"
ENGINE = "demo-engine"
MANUAL, AUTOMATIC = "ada", "grace"
LINES = (
    f'secret "Demo: {MANUAL}": its heartbeats run by themselves, its password changes when you ask',
    f'secret "Demo: {AUTOMATIC}": its password changes by itself at the next tick, then daily',
)
TEMPLATE = "Unix Account (SSH)"


@dataclass(frozen=True, slots=True)
class Demo:
    """Every method may be repeated: what is there already is left as it is."""

    api: Api
    accounts: Accounts
    port: int
    state: Path

    @property
    def is_done(self) -> bool:
        return (self.state / "demo" / "done").exists()

    def register(self) -> None:
        site = self._site()
        self._activate_engine(site)
        self._secret(MANUAL, site)
        self._let_change(self._secret(AUTOMATIC, site))
        (self.state / "demo" / "done").touch(mode=0o600)

    def _site(self) -> int:
        for site in self.api.get("sites"):
            if site["siteName"] == SITE:
                return int(site["siteId"])
        asked = {"siteName": SITE, "active": True}
        made = self.api.post("distributed-engine/site", {"data": asked})
        return int(made["siteId"])

    def _activate_engine(self, site: int, patience: float = 30.0) -> None:
        engine = self._engine(time.monotonic() + patience)
        if engine["activationStatus"] != "Activated":
            change = {"engineId": engine["engineId"], "changeType": "Activate", "siteId": site}
            asked = {"data": {"engines": [change]}}
            answer = self.api.post("distributed-engine/update-engine-status", asked)
            refused = [one["error"] for one in answer["results"] if not one["success"]]
            if refused:
                raise RuntimeError(f"the engine cannot be activated: {refused[0]}")

    def _engine(self, deadline: float) -> dict[str, Any]:
        """The engine, once it has registered itself."""
        while True:
            for engine in self.api.get("distributed-engine/engines", take=100)["records"]:
                if engine["friendlyName"] == ENGINE:
                    found: dict[str, Any] = engine
                    return found
            if time.monotonic() > deadline:
                raise TimeoutError("the engine did not register itself")
            time.sleep(0.2)

    def _secret(self, account: str, site: int) -> int:
        """An account whose password nobody holds gets a new one; then the secret is made."""
        name = f"Demo: {account}"
        question: dict[str, str | int] = {"filter.searchText": name, "take": 100}
        found = self.api.get("secrets", **question)["records"]
        for secret in found:
            if secret["name"] == name:
                return int(secret["id"])
        password = fresh_password()
        self.accounts.set(account, password)
        made = self.api.post("secrets", self._request(name, account, password, site))
        return int(made["id"])

    def _let_change(self, secret: int) -> None:
        """Too old from now on, and then a day after each change: the ticks do the rest."""
        daily = {"expirationType": "DayInterval", "expirationDayInterval": 1}
        dirty = {name: {"dirty": True, "value": value} for name, value in daily.items()}
        self.api.put(f"secrets/{secret}/expiration", {"data": dirty})
        self.api.post(f"secrets/{secret}/expire", {})

    def _request(self, name: str, account: str, password: str, site: int) -> dict[str, Any]:
        stub = self.api.get("secrets/stub", secretTemplateId=self._template(), folderId=-1)
        values = {"machine": "127.0.0.1", "port": str(self.port)}
        values |= {"username": account, "password": password}
        if not any(item["slug"] == "port" for item in stub["items"]):
            values["machine"] = f"127.0.0.1:{self.port}"
        items = [
            {**item, "itemValue": values.get(item["slug"], "")}
            for item in stub["items"]
            if not item.get("isFile")
        ]
        return {
            "name": name,
            "secretTemplateId": stub["secretTemplateId"],
            "folderId": -1,
            "siteId": site,
            "items": items,
            "autoChangeEnabled": account == AUTOMATIC,
        }

    def _template(self) -> int:
        for template in self.api.get("secret-templates", take=1000)["records"]:
            if template["name"] == TEMPLATE:
                return int(template["id"])
        raise LookupError(f"there is no template {TEMPLATE}")
