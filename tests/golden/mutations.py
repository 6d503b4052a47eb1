"""Ways to spoil an OCR file. Each takes its bytes, a place (0 to 1) and a choice, and returns other bytes."""

import re
from collections.abc import Callable

Mutation = Callable[[bytes, float, int], bytes]

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_TAG = re.compile(rb"<[^<>]{1,400}>")
_VALUE = re.compile(rb"""=\s*("[^"]*"|'[^']*')""")
_NUMBERS = (b"NaN", b"inf", b"-inf", b"1e308", b"-1", b"", b"0", b"9" * 400, b"1e-320", b"0x10", b"1_0", "٣".encode())
_STRAY = (
    b"\0",
    b"\x0b",
    b"\x7f",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"&",
    b"&who;",
    b"&#0;",
    b"&#x110000;",
    b"<",
    b">",
)
_SNIPPETS = (
    b"<!--",
    b"<?x",
    b"]]>",
    b"<![CDATA[",
    b'<!DOCTYPE x [<!ENTITY e "boom">]>',
    b'<!DOCTYPE x SYSTEM "file:///etc/hostname">',
    b'<?xml version="1.0"?>',
    b"\n\n\n",
    "\ufeff".encode(),
    "\u202e\u0301\u200d".encode(),
)


def _at(data: bytes, place: float) -> int:
    return int(place * len(data))


def _piece(pattern: re.Pattern[bytes], data: bytes, place: float) -> re.Match[bytes] | None:
    return pattern.search(data, _at(data, place)) or pattern.search(data)


def _replaced(data: bytes, found: re.Match[bytes] | None, new: bytes) -> bytes:
    return data if found is None else data[: found.start()] + new + data[found.end() :]


def flip_byte(data: bytes, place: float, choice: int) -> bytes:
    at = _at(data, place)
    return data[:at] + bytes([choice % 256]) + data[at + 1 :]


def cut_end(data: bytes, place: float, choice: int) -> bytes:
    return data[: _at(data, place)]


def cut_start(data: bytes, place: float, choice: int) -> bytes:
    return data[_at(data, place) :]


def cut_middle(data: bytes, place: float, choice: int) -> bytes:
    at = _at(data, place)
    return data[:at] + data[at + choice % 97 :]


def double_middle(data: bytes, place: float, choice: int) -> bytes:
    at = _at(data, place)
    return data[: at + choice % 997] + data[at:]


def drop_tag(data: bytes, place: float, choice: int) -> bytes:
    return _replaced(data, _piece(_TAG, data, place), b"")


def double_tag(data: bytes, place: float, choice: int) -> bytes:
    found = _piece(_TAG, data, place)
    return data if found is None else _replaced(data, found, found[0] * (2 + choice % 40))


def odd_number(data: bytes, place: float, choice: int) -> bytes:
    return _replaced(data, _piece(_NUMBER, data, place), _NUMBERS[choice % len(_NUMBERS)])


def odd_numbers_all(data: bytes, place: float, choice: int) -> bytes:
    head, tail = data[:200], data[200:]
    return head + _NUMBER.sub(_NUMBERS[choice % len(_NUMBERS)], tail, count=50)


def swap_values(data: bytes, place: float, choice: int) -> bytes:
    found = list(_VALUE.finditer(data))
    if len(found) < 2:
        return data
    one, other = sorted((found[_at(data, place) % len(found)], found[choice % len(found)]), key=lambda m: m.start())
    if one is other:
        return data
    return data[: one.start()] + other[0] + data[one.end() : other.start()] + one[0] + data[other.end() :]


def long_value(data: bytes, place: float, choice: int) -> bytes:
    return _replaced(data, _piece(_VALUE, data, place), b'="' + b"word " * (choice % 20_000) + b'"')


def stray_byte(data: bytes, place: float, choice: int) -> bytes:
    at = _at(data, place)
    return data[:at] + _STRAY[choice % len(_STRAY)] + data[at:]


def snippet(data: bytes, place: float, choice: int) -> bytes:
    at = _at(data, place)
    return data[:at] + _SNIPPETS[choice % len(_SNIPPETS)] + data[at:]


def doctype_first(data: bytes, place: float, choice: int) -> bytes:
    end = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    return data[:end] + _SNIPPETS[4 + choice % 2] + data[end:]


def nest(data: bytes, place: float, choice: int) -> bytes:
    found, depth = _piece(_TAG, data, place), choice % 400
    if found is None or found[0].startswith((b"</", b"<?", b"<!")):
        return data
    name = re.split(rb"[\s/>]", found[0][1:])[0]
    return data[: found.start()] + (b"<" + name + b">") * depth + data[found.start() :] + (b"</" + name + b">") * depth


def other_encoding(data: bytes, place: float, choice: int) -> bytes:
    text = data.decode("utf-8", "replace")
    names = ("utf-16", "utf-16-be", "utf-32", "utf-7", "latin-1", "cp037", "utf-8-sig", "shift_jis")
    return text.encode(names[choice % len(names)], "replace")


def other_declaration(data: bytes, place: float, choice: int) -> bytes:
    names = (b"utf-16", b"UTF-7", b"us-ascii", b"nonsense", b"ISO-8859-1", b"EBCDIC-CP-US", b"base64", b"idna")
    return re.sub(rb'(?i)(encoding=|charset=)["\']?[\w-]+', rb'\1"' + names[choice % len(names)], data, count=1)


MUTATIONS: tuple[Mutation, ...] = (
    flip_byte,
    cut_end,
    cut_start,
    cut_middle,
    double_middle,
    drop_tag,
    double_tag,
    odd_number,
    odd_numbers_all,
    swap_values,
    long_value,
    stray_byte,
    snippet,
    doctype_first,
    nest,
    other_encoding,
    other_declaration,
)


def spoil(data: bytes, steps: list[tuple[int, float, int]]) -> bytes:
    """Return a file after some steps: which mutation, where, with which choice."""
    for which, place, choice in steps:
        data = MUTATIONS[which % len(MUTATIONS)](data, place, choice)
    return data
