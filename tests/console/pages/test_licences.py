"""The Licences page in a browser: keys, seats, ends, activation; and clustering on Server Nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.cluster.gate import FIRST, STANDBY
from chalicelib.cluster.store import Gates
from tests.cluster.signer import LicenceSigner, licence

from .browsing import hindering, now, serious, visit
from .licensed import Licensed, licences_asked_for
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console settings")

OTHER = LicenceSigner()


@pytest.fixture
def licensed(stage: Stage) -> Iterator[Licensed]:
    with licences_asked_for(stage) as made:
        yield made


def tile(page: Page, title: str) -> Locator:
    return page.locator(".tile").filter(has_text=title)


def row(page: Page, table: str, text: str) -> Locator:
    return page.get_by_role("table", name=table).get_by_role("row").filter(has_text=text)


def test_a_new_cluster_shows_its_evaluation_and_says_why_it_needs_no_key(
    page: Page, stage: Stage
) -> None:
    visit(page, stage, "/licences")
    expect(page.get_by_role("note")).to_contain_text("does not end while no signer")
    expect(tile(page, "Seats")).to_contain_text("of any number")
    page.get_by_role("button", name="Add a licence").click()
    field = page.get_by_label("Licence key")
    expect(field).to_be_focused()
    field.fill(OTHER.sign(licence(datetime.now(UTC).date())))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("needs no licence")
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_key_is_looked_at_added_and_a_node_activated(page: Page, licensed: Licensed) -> None:
    visit(page, licensed.stage, "/licences")
    banner = page.get_by_role("note").filter(has_text="View-only.")
    expect(banner).to_contain_text("The cluster has no licence")
    page.get_by_role("button", name="Add a licence").click()
    page.get_by_label("Licence key").fill(f"  {licensed.key()}\n")
    page.get_by_role("button", name="Check").click()
    facts = page.get_by_role("region", name="Add a licence")
    expect(facts).to_contain_text("Enterprise Plus")
    assert licensed.ids() == set()  # looking changed nothing
    page.get_by_role("button", name="Add it").click()
    expect(row(page, "Licences", "L-1")).to_contain_text("in 365 days")
    expect(tile(page, "Seats")).to_contain_text("of 10")
    assert licensed.ids() == {"L-1"}
    page.get_by_role("button", name="Activate node-a").press("Enter")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("name is needed")
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    assert serious(page) == []
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(row(page, "Activation of nodes", "node-a")).to_contain_text("by Ada")
    expect(page.get_by_text("3 nodes not activated")).to_be_visible()
    now(page)
    expect(banner).to_have_count(0)


def test_a_foreign_key_is_refused_in_words_and_stays_to_be_mended(
    page: Page, licensed: Licensed
) -> None:
    visit(page, licensed.stage, "/licences")
    page.get_by_role("button", name="Add a licence").click()
    foreign = OTHER.sign(licence(datetime.now(UTC).date()))
    page.get_by_label("Licence key").fill(foreign)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("not signed by this cluster's signer")
    expect(page.get_by_label("Licence key")).to_have_value(foreign)
    assert licensed.ids() == set()


def test_what_ends_soon_and_too_many_users_are_seen(page: Page, licensed: Licensed) -> None:
    licensed.add(seats=100)
    licensed.stage.somebody()
    licensed.add(20, seats=1, issued=datetime.now(UTC).date())
    visit(page, licensed.stage, "/licences")
    expect(tile(page, "Expires")).to_contain_text("in 20 days")
    expect(tile(page, "Seats")).to_contain_text("too many")
    expect(page.get_by_role("meter", name="Seats in use")).to_be_visible()


def test_removing_the_last_licence_asks_twice(page: Page, licensed: Licensed) -> None:
    licensed.add()
    licensed.activate()
    visit(page, licensed.stage, "/licences")
    page.get_by_role("button", name="Remove the licence L-1").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("no longer count")
    question.get_by_role("button", name="Remove").click()
    expect(question).to_contain_text("Remove it all the same?")
    expect(question).not_to_contain_text("force")
    assert licensed.ids() == {"L-1"}
    question.get_by_role("button", name="Do it all the same").click()
    expect(question).to_have_count(0)
    expect(row(page, "Licences", "L-1")).to_have_count(0)


def test_a_node_that_is_view_only_says_why_on_server_nodes(page: Page, licensed: Licensed) -> None:
    licensed.add()
    licensed.activate()
    visit(page, licensed.stage)
    nodes = page.get_by_role("table", name="Nodes of the cluster").get_by_role("row")
    expect(nodes.filter(has_text="node-b")).to_contain_text("Licences are not activated on this")
    expect(nodes.filter(has_text="node-a")).not_to_contain_text("view-only")


def test_clustering_is_refused_with_the_reason_until_a_licence_allows_it(
    page: Page, licensed: Licensed
) -> None:
    alone = {"node-a": FIRST, "node-b": STANDBY, "node-c": STANDBY, "node-d": STANDBY}
    licensed.stage.rewrite(replace(Gates().fetch(), nodes=alone, clustering=False))
    licensed.add(edition="Professional")
    visit(page, licensed.stage)
    notice = page.locator(".notice").filter(has_text="Clustering is not enabled")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("In Cluster of node-b").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("lustering")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Enable clustering").click()
    expect(notice.get_by_role("alert")).to_contain_text("lustering")
    assert serious(page, notice) == []
    licensed.add(id="L-2")
    page.get_by_role("button", name="Enable clustering").click()
    expect(notice).to_have_count(0)
    assert Gates().fetch().clustering


def test_the_page_is_for_everybody_also_while_adding(page: Page, licensed: Licensed) -> None:
    licensed.add(20)
    visit(page, licensed.stage, "/licences")
    page.get_by_role("table", name="Activation of nodes").wait_for()
    assert hindering(page) == []
    page.get_by_role("button", name="Add a licence").click()
    page.get_by_role("button", name="Activate node-b").click()
    assert hindering(page) == []
