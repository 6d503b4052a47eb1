"""Text of strangers as it may be written to a terminal or a log."""

import re

# Control characters (a terminal obeys them), separators of lines, and what turns the direction of the text around.
_OBEYED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return a text on one line, with a replacement sign for each character that a terminal would obey."""
    return _OBEYED.sub("\ufffd", text)
