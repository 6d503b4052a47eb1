"""Text of OCR as documents can hold it."""

import re

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return a text without the characters that XML has no way to write (control characters, lone surrogates)."""
    return _NO_XML.sub("", text)
