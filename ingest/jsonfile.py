"""JSON from strangers: read within bounds of bytes, of values and of depth, whatever its encoding."""

import json
from pathlib import Path
from typing import Any

from ingest.textfile import read_bounded
from ingest.traps import Unreadable

Json = dict[str, Any]

MAX_JSON_BYTES = 32 * 1024 * 1024  # an annotation takes some 600 bytes: 50,000 words
_MAX_VALUES = 3_000_000  # each takes up to 100 bytes, and as few as 2 in the file
_BEFORE_VALUES = (b"{", b"[", b",", b":")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_COPY_AGAIN = "Copy the file again from where it was made, then ingest again."


def starts_like_json(head: bytes) -> bool:
    """Return whether the first sign of a file, behind a byte-order mark, is one that begins a JSON document."""
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head[:4096].lstrip(b" \t\r\n\x00")[:1] in (b"{", b"[")


def load_json(source: Path | bytes, name: str) -> Any:
    """Return what a JSON file says.

    Raises Unreadable for a file that is missing, empty, larger than 32 MB, of more than three million values, no JSON,
    or nested too deeply.
    """
    data = read_bounded(source, name, MAX_JSON_BYTES)
    if not data.strip():
        raise Unreadable("empty-file", f"{name} is empty.", _COPY_AGAIN)
    if sum(map(data.count, _BEFORE_VALUES)) > _MAX_VALUES:
        raise Unreadable("json-too-large", f"{name} has more than {_MAX_VALUES} values.", "Split it into pages.")
    try:
        return json.loads(_text_of(data), parse_constant=lambda _: None)
    except RecursionError as error:
        raise Unreadable("json-too-deep", f"{name} is nested too deeply.", "Split it into pages.") from error
    except ValueError as error:
        raise Unreadable("not-json", f"{name} is not JSON: {error}.", _COPY_AGAIN) from error


def _text_of(data: bytes) -> str:
    """Return the text of JSON, in UTF-8, 16 or 32; what is none of these is taken for Windows-1252."""
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
