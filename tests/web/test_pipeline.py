"""What happens to a request, seen from outside, through Chalice."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Conflict, Throttled
from chalicelib.web.call import Call
from chalicelib.web.pipeline import MAX_BODY
from chalicelib.web.shapes import Struct
from tests.client import Answer, Client
from tests.web.site import FakeGate, Site


class Args(Struct):
    name: str
    count: int = 0


class Where(Struct):
    verbose: bool = False


class Told(Struct):
    id: int
    name: str
    user: str
    address: str
    verbose: bool = False


def site() -> Site:
    made = Site()
    endpoint = made.table.endpoint

    @endpoint("GET", "/x/things/{id}", returns=Told, query=Where, permission="View Nodes")
    def read(call: Call[None]) -> Told:
        return Told(call.id(), "", call.principal.name, call.address, call.query.verbose)

    @endpoint("PUT", "/x/things/{id}", returns=Told, body=Args, writes="vault")
    def write(call: Call[Args]) -> Told:
        return Told(call.id(), call.body.name, call.principal.name, call.address)

    @endpoint("PUT", "/x/nodes/{id}", returns=bool, writes="cluster", out_of_cluster=True)
    def tick(call: Call[None]) -> bool:
        return True

    @endpoint("GET", "/x/health", returns=str, anonymous=True, out_of_cluster=True)
    def health(call: Call[None]) -> str:
        return "Healthy"

    @endpoint("POST", "/x/register", returns=str, body=Args, anonymous=True, writes="cluster")
    def register(call: Call[Args]) -> str:
        assert call.caller is None
        return call.address

    return made


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.message


def test_a_signed_in_user_is_answered_with_200_and_json() -> None:
    answer = site().client().get("/x/things/7", query={"Verbose": "True"})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {
        "id": 7, "name": "", "user": "reader", "address": "203.0.113.7", "verbose": True,
    }  # fmt: skip


def test_one_read_lets_a_request_in() -> None:
    made = site()
    made.client().get("/x/things/7")
    assert made.door.reads == ["session"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic {token}"},
        {"Authorization": "{token}"},
        {"Cookie": "token={token}; Authorization=Bearer {token}"},
    ],
)
def test_only_a_good_bearer_token_counts(headers: dict[str, str]) -> None:
    made = site()
    sent = {name: value.replace("{token}", made.reader) for name, value in headers.items()}
    answer = Client(made.app()).get("/x/things/7", headers=sent)
    assert told(answer) == (401, "Authentication failed or expired token.")


def test_the_scheme_is_read_in_any_case() -> None:
    made = site()
    answer = Client(made.app()).get(
        "/x/things/7", headers={"Authorization": f"bearer {made.reader}"}
    )
    assert answer.status == 200


def test_a_missing_role_permission_is_access_denied() -> None:
    made = site()
    answer = Client(made.app(), made.nobody).get("/x/things/7")
    assert answer.status == 400
    assert answer.json["errorCode"] == "API_AccessDenied"
    assert made.noted == [(2, "GET /x/things/{id}", answer.message)]


@pytest.mark.parametrize(
    ("method", "path", "who", "body", "status"),
    [
        ("GET", "/x/things/7", "reader", b"", 200),
        ("GET", "/x/things/7", "nobody", b"", 400),
        ("GET", "/x/things/word", "reader", b"", 404),
        ("PUT", "/x/things/7", "reader", b"{broken", 400),
    ],
)
def test_whoever_is_signed_in_is_told_of_unlimited_administration_whatever_the_answer(
    method: str, path: str, who: str, body: bytes, status: int
) -> None:
    made = site()
    made.door.state = FakeGate(until="until=noon")
    asks = Client(made.app(), made.reader if who == "reader" else made.nobody)
    answer = asks.request(method, path, content=body)
    assert (answer.status, answer.headers["unlimited-administration"]) == (status, "until=noon")


def test_who_may_not_is_refused_before_the_body_is_read() -> None:
    made = site()
    made.door.state = FakeGate(maintenance=True)
    answer = made.client().put("/x/things/7", content=b"{broken")
    assert answer.json["errorCode"] == "API_MaintenanceMode"


@pytest.mark.parametrize("path", ["/x/things", "/x/things/7/8", "/nowhere", "/", "/x/things/word"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    answer = site().client().get(path)
    assert answer.status == 404
    assert "not found" in answer.message


def test_a_wrong_method_names_the_right_ones() -> None:
    answer = site().client().delete("/x/things/7")
    assert answer.status == 405
    assert answer.message
    assert answer.headers["allow"] == "GET, PUT"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"count": "x", "name": "a"}', 400),
        (b"", 400),
        (b'{"NAME": "a"}', 200),
    ],
)
def test_a_wrong_body_is_a_400(content: bytes, status: int) -> None:
    assert site().client().put("/x/things/7", content=content).status == status


def test_an_oversize_body_is_refused_before_anybody_is_asked() -> None:
    made = site()
    answer = made.client().put("/x/things/7", content=b" " * (MAX_BODY + 1))
    assert answer.status == 413
    assert answer.message
    assert made.door.reads == []


def test_in_maintenance_mode_the_vault_is_read_only() -> None:
    made = site()
    made.door.state = FakeGate(maintenance=True)
    client = made.client()
    assert client.get("/x/things/7").status == 200
    assert client.put("/x/nodes/7").status == 200
    refused = client.put("/x/things/7", {"name": "a"})
    assert (refused.status, refused.json["errorCode"]) == (503, "API_MaintenanceMode")
    assert int(refused.headers["retry-after"]) > 0


def test_a_node_that_is_view_only_says_why_to_who_would_change_the_vault() -> None:
    made = site()
    made.door.state = FakeGate(why_view_only="View-only: add a licence.")
    client = made.client()
    assert client.get("/x/things/7").status == 200
    assert client.put("/x/nodes/7").status == 200
    refused = client.put("/x/things/7", {"name": "a"})
    assert (refused.status, refused.json["errorCode"]) == (400, "API_ViewOnly")
    assert refused.message == "View-only: add a licence."
    assert "retry-after" not in refused.headers  # waiting does not help


def test_a_standby_refuses_programs_and_names_the_nodes_page() -> None:
    made = site()
    made.door.state = FakeGate(in_cluster=False)
    for answer in (
        made.client().get("/x/things/7"),
        Client(made.app()).post("/x/register", {"name": "a"}),
    ):
        assert (answer.status, answer.json["errorCode"]) == (503, "API_NodeNotInCluster")
        assert "Server Nodes" in answer.message


@pytest.mark.parametrize("path", ["/x/things/7", "/x/anything", "/"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_standby_redirects_browsers_to_the_nodes_page(path: str, signed_in: bool) -> None:
    made = site()
    made.door.state = FakeGate(in_cluster=False)
    client = made.client() if signed_in else Client(made.app())
    answer = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status, answer.headers["location"]) == (302, "/SecretServer/nodes")


def test_a_standby_does_not_redirect_the_nodes_page_to_itself() -> None:
    made = site()
    made.door.state = FakeGate(in_cluster=False)
    assert made.client().get("/nodes", headers={"Accept": "text/html"}).status == 404


def test_a_standby_answers_what_brings_it_back() -> None:
    made = site()
    made.door.state = FakeGate(in_cluster=False)
    assert made.client().put("/x/nodes/7").status == 200
    assert made.client().get("/x/health").json == "Healthy"


def test_a_probe_costs_no_read() -> None:
    made = site()
    Client(made.app()).get("/x/health")
    assert made.door.reads == []


def test_a_trusted_proxy_tells_the_address_and_others_do_not() -> None:
    made, said = site(), {"X-Forwarded-For": "192.0.2.1, 198.51.100.4"}
    behind = Client(made.app(), made.reader, address="10.0.0.5", headers=said)
    direct = Client(made.app(), made.reader, address="203.0.113.7", headers=said)
    assert behind.get("/x/things/7").json["address"] == "198.51.100.4"
    assert direct.get("/x/things/7").json["address"] == "203.0.113.7"
    assert behind.post("/x/register", {"name": "a"}).json == "198.51.100.4"


def test_rows_named_by_the_path_come_with_the_session() -> None:
    made = Site()
    made.door.stored = {("thing#7", "thing"): "the thing"}

    @made.table.endpoint(
        "GET", "/x/{id}", returns=str, reads=lambda path: [(object, f"thing#{path.id()}", "thing")]
    )
    def read(call: Call[None]) -> str | None:
        return call.rows.get((f"thing#{call.id()}", "thing"))

    assert made.client().get("/x/7").json == "the thing"
    assert made.client().get("/x/8").json is None
    assert made.client().get("/x/word").status == 404
    assert made.door.reads == ["session", "session"]


def test_an_expected_error_is_answered_by_the_table() -> None:
    made = Site()

    @made.table.endpoint("POST", "/x/conflict", returns=bool)
    def conflict(call: Call[None]) -> bool:
        raise Conflict

    @made.table.endpoint("POST", "/x/throttled", returns=bool)
    def throttled(call: Call[None]) -> bool:
        raise Throttled

    assert made.client().post("/x/conflict").status == 409
    assert made.client().post("/x/throttled").headers["retry-after"] == "30"
