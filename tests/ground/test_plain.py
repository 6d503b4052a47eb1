"""Text of strangers on a terminal."""

import pytest

from lectern.plain import plain


@pytest.mark.parametrize("sign", ["\x1b", "\r", "\n", "\x00", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_what_a_terminal_would_obey_is_replaced(sign: str):
    assert plain(f"a{sign}[2Jb") == "a\ufffd[2Jb"


@pytest.mark.parametrize(
    "text", ["B\u00fccher\t1", "\u4e66 2", "\u05e1\u05e4\u05e8\u200f", "e\u0301", "\u0646\u200c\u0647"]
)
def test_the_text_of_every_script_stays(text: str):
    assert plain(text) == text
