"""What leaves: results in their form, and of errors nothing but that they happened."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from chalicelib.core.ids import fresh_id
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.pipeline import MAX_ANSWER
from chalicelib.web.request import Request
from chalicelib.web.shapes import File, Struct
from tests.web.site import Site


class Args(Struct):
    name: str
    count: int = 0


class Where(Struct):
    verbose: bool = False


class Kept(logging.Handler):
    """Keeps what was logged, formatted as usual and as JSON facts."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {getattr(record, 'facts', '')}")


def test_an_unexpected_error_is_a_500_that_tells_nothing_anywhere() -> None:
    made, kept, canary = Site(), Kept(), fresh_id()
    made.log = logging.getLogger(f"tests.{fresh_id()}")
    made.log.addHandler(kept)

    @made.table.endpoint("POST", "/x/boom", returns=bool, body=dict[str, str])
    def boom(call: Call[dict[str, str]]) -> bool:
        nothing: dict[str, bool] = {}
        try:
            return nothing[call.body["value"]]
        except KeyError as error:
            raise RuntimeError(f"cannot find {canary}") from error

    answer = made.client().post("/x/boom", {"value": canary})
    assert answer.status == 500
    assert answer.json["stackTrace"] == ""
    assert canary.encode() not in answer.body
    assert canary not in "".join(kept.lines)
    assert "RuntimeError at pipeline.py" in kept.lines[0]
    assert "KeyError at test_answer.py" in kept.lines[0]


def test_a_plain_in_an_answer_is_a_500_and_stays_inside() -> None:
    made, canary = Site(), fresh_id()

    @made.table.endpoint("GET", "/x/leak", returns=str)
    def leak(call: Call[None]) -> Any:
        return {"value": Plain(canary)}

    answer = made.client().get("/x/leak")
    assert answer.status == 500
    assert canary.encode() not in answer.body


def test_a_call_does_not_show_what_it_carries() -> None:
    made, seen, canary = Site(), list[str](), fresh_id()

    @made.table.endpoint("POST", "/x/secret", returns=bool, body=Args, query=Where)
    def secret(call: Call[Args]) -> bool:
        seen.append(repr(call))
        return True

    made.client().post("/x/secret", {"name": canary})
    assert canary not in seen[0]
    assert made.reader not in seen[0]


def test_a_request_does_not_show_what_it_carries() -> None:
    canary = fresh_id()
    sent = Request("GET", ("x",), {"a": [canary]}, {"authorization": canary}, canary.encode())
    assert canary not in repr(sent)


def test_files_leave_byte_by_byte_under_their_name() -> None:
    made, content = Site(), bytes(range(256))

    @made.table.endpoint("GET", "/x/file", returns=File)
    def read(call: Call[None]) -> File:
        return File("a ké\r\ny.pem", content)

    answer = made.client().get("/x/file")
    assert answer.body == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert (
        answer.headers["content-disposition"]
        == "attachment; filename*=UTF-8''a%20k%C3%A9%0D%0Ay.pem"
    )


def test_unicode_and_bare_values_travel() -> None:
    made = Site()

    @made.table.endpoint("POST", "/x/echo", returns=Any, body=Any)
    def echo(call: Call[Any]) -> Any:
        return call.body

    client = made.client()
    for value in ("é 漢 \u2028", 7, True, [1, [2]], {"KeepsItsCase": None}):
        assert client.post("/x/echo", value).json == value


def test_a_form_endpoint_reads_a_form_that_claims_to_be_json() -> None:
    made = Site()

    class Form(Struct):
        grant_type: str = msgspec.field(name="grant_type", default="")

    @made.table.endpoint("POST", "/x/token", returns=str, body=Form, form=True, anonymous=True)
    def token(call: Call[Form]) -> str:
        return call.body.grant_type

    answer = made.client().post("/x/token", content=b"grant_type=password&x=1")
    assert answer.json == "password"


def test_an_answer_that_lambda_could_not_carry_is_refused() -> None:
    made = Site()

    @made.table.endpoint("GET", "/x/all", returns=str)
    def everything(call: Call[None]) -> str:
        return "x" * (MAX_ANSWER + 1)

    answer = made.client().get("/x/all")
    assert answer.status == 413
    assert "fewer" in answer.message
