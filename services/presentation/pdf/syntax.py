"""The syntax of PDF 1.7: numbers, strings, objects, and the table at the end that says where each object begins."""

import zlib
from collections.abc import Iterable

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def number(value: float) -> bytes:
    """Return a number as short as it can be, to a hundredth."""
    return (f"{value:.2f}".rstrip("0").rstrip(".") or "0").replace("-0", "0", value > -0.005).encode()


def text_string(text: str) -> bytes:
    """Return a text string, in any script; lone surrogates become the sign of what cannot be shown."""
    return b"<feff" + text.encode("utf-16-be", "replace").hex().encode() + b">"


def reference(to: int) -> bytes:
    """Return a reference to an object by its number."""
    return b"%d 0 R" % to


def references(to: Iterable[int]) -> bytes:
    """Return an array of references."""
    return b"[" + b" ".join(map(reference, to)) + b"]"


class Objects:
    """Turns objects into the bytes of a file, in any order; each is known by its number, from 1, and written once."""

    def __init__(self) -> None:
        self._length = 0
        self._begins: dict[int, int] = {}

    def head(self) -> bytes:
        """Return how a file begins."""
        return self._counted(_HEAD)

    def object(self, own: int, body: bytes) -> bytes:
        """Return an object."""
        self._begins[own] = self._length
        return self._counted(b"%d 0 obj\n%s\nendobj\n" % (own, body))

    def stream(self, own: int, entries: bytes, data: bytes, *, packed: bool = True) -> bytes:
        """Return a stream with the entries of its dictionary; `packed` unless its data is compressed already."""
        if packed:
            data, entries = zlib.compress(data), entries + b" /Filter /FlateDecode"
        return self.object(own, b"<<%s /Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data))

    def tail(self, root: int, info: int, identity: str) -> bytes:
        """Return how a file ends; `identity` is a digest of what it is, in hexadecimal digits."""
        size = max(self._begins) + 1
        rows = [b"%010d 00000 n \n" % self._begins[own] for own in range(1, size)]
        name = identity.encode()
        table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, b"".join(rows))
        entries = b"/Size %d /Root %s /Info %s /ID [<%s> <%s>]" % (size, reference(root), reference(info), name, name)
        return table + b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (entries, self._length)

    def _counted(self, data: bytes) -> bytes:
        self._length += len(data)
        return data
