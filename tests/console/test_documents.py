"""The console's document and files: what browsers are given, and how little they may do with it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.cluster.gate import STANDBY
from chalicelib.cluster.store import Gates
from chalicelib.console.assets import FOLDER, assets
from tests.client import Client
from tests.house import open_house

PAGES = (
    "/",
    "/login",
    "/nodes",
    "/diagnostics",
    "/configuration",
    "/backup",
    "/licences",
    "/upgrade",
    "/secrets",
    "/reports",
    "/requests",
    "/users",
    "/groups",
    "/roles",
    "/doublelocks",
    "/import",
    "/export",
    "/templates",
    "/audit",
    "/profile",
)


@pytest.fixture
def browser(aws: None) -> Client:
    """Somebody without a token, who takes HTML."""
    return replace(open_house().admin, token="", headers={"accept": "text/html"})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_its_own_files_and_nothing_else(browser: Client, path: str) -> None:
    page = browser.get(path)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_a_page_has_no_script_or_style_of_its_own(browser: Client) -> None:
    text = browser.get("/nodes").body.decode()
    assert all(one == "" for one in re.findall(r"<script[^>]*>(.*?)</script>", text))
    assert not re.search(r"<style|style=|\son\w+=|javascript:", text)


def test_every_file_that_a_page_names_is_there_and_kept_for_ever(browser: Client) -> None:
    named = re.findall(r'(?:href|src)="/SecretServer([^"]+)"', browser.get("/").body.decode())
    assert len(named) > 5
    for path in named:
        answer = browser.get(path)
        assert answer.status == 200, path
        assert "immutable" in answer.headers["cache-control"]
        assert not answer.headers["content-type"].startswith("application/json")


def test_another_versions_path_is_answered_but_not_kept(browser: Client) -> None:
    answer = browser.get("/console/0123456789abcdef/main.js")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fpage.py", "..%2froutes.py", "LICENSE.htm"])
def test_nothing_but_the_files_is_served(browser: Client, name: str) -> None:
    assert browser.get(f"/console/{assets().version}/{name}").status == 404
    assert browser.get(f"/console/{assets().version}/lib/{name}").status == 404


def test_no_file_has_inline_handlers_or_strings_that_become_code() -> None:
    for name, one in assets().files.items():
        text = one.content.decode()
        assert not re.search(r"\beval\(|new Function|innerHTML\s*=(?!=)", text) or name.startswith(
            "lib/"
        ), name


def test_the_library_is_the_one_that_its_note_says() -> None:
    digest = hashlib.sha256((FOLDER / "lib" / "preact.js").read_bytes()).hexdigest()
    assert digest in (FOLDER / "lib" / "README.md").read_text()


def test_a_standby_serves_the_nodes_page_and_sends_the_others_there(browser: Client) -> None:
    gate = Gates().fetch()
    after = replace(gate, nodes={"node-a": STANDBY})
    wiring.committer()([Gates().rewrite(gate, after)])
    for path in ("/", "/diagnostics", "/configuration", "/backup", "/anything"):
        answer = browser.get(path)
        assert (answer.status, answer.headers["location"]) == (302, "/SecretServer/nodes"), path
    for path in ("/nodes", "/login", f"/console/{assets().version}/main.js"):
        assert browser.get(path).status == 200, path


def test_the_page_of_the_api_has_a_policy_and_files_of_its_own(browser: Client) -> None:
    page = browser.get("/docs")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'"} <= set(policy)
    named = re.findall(r'(?:href|src)="/SecretServer(/docs/[^"]+)"', page.body.decode())
    assert len(named) == 4
    for path in named:
        answer = browser.get(path)
        assert (answer.status, "immutable" in answer.headers["cache-control"]) == (200, True), path
    assert browser.get(named[0].rsplit("/", 1)[0] + "/NOTICE").status == 404
