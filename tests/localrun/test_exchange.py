"""What the emulator says to programs: no header that only a browser or S3's client reads."""

from __future__ import annotations

from infra.localrun.exchange import Answer, for_programs


def test_a_program_is_told_what_such_a_service_tells_and_no_more() -> None:
    kept = [(b"Content-Type", b"application/x-amz-json-1.0"), (b"x-amzn-requestid", b"1")]
    extra = [(b"Access-Control-Allow-Origin", b"*"), (b"x-amz-id-2", b"2")]
    assert for_programs(Answer(200, [*kept, *extra], b"{}")) == Answer(200, kept, b"{}")
