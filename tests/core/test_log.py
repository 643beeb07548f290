"""What escapes to Lambda is printed there, so it says nothing that is not ours."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import ConclaveError, Unavailable
from chalicelib.core.log import in_our_words
from tests.canary import canary


def test_what_another_says_does_not_get_out(capsys: pytest.CaptureFixture[str]) -> None:
    quoted = canary()
    with pytest.raises(ConclaveError) as escaped, in_our_words("agent"):
        raise KeyError(quoted)
    assert str(escaped.value) == "KeyError"
    assert escaped.value.__suppress_context__
    assert quoted not in capsys.readouterr().out


def test_what_we_say_does() -> None:
    with pytest.raises(Unavailable, match="the table"), in_our_words("agent"):
        raise Unavailable("the table does not answer")
