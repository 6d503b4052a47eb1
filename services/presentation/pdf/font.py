"""A font without visible shapes that has every character, for words over a picture, to be found and copied.

Every character is half as wide as it is high, and stretched so that a word fills its box. The codes are those of
Unicode, two bytes each; a character beyond these is given one of the codes that stand for no character.
"""

import struct
from collections.abc import Iterable

from services.presentation.pdf.syntax import Objects, reference

WIDTH, ASCENT, DESCENT, EM = 500, 800, -200, 1000
OBJECTS = 6  # in a row, from the font's own on
_FIRST_FAR, _LAST_FAR = 0xD800, 0xDFFF
_UNKNOWN = 0xFFFD
_CHECKSUM = 0xB1B0AFBA
_MOST_RANGES = 100  # in one block of a map


class Codes:
    """The codes of the characters of one file."""

    def __init__(self) -> None:
        self._far: dict[str, int] = {}

    def of(self, text: str) -> list[int]:
        """Return the codes of a text, one for each character."""
        return [self._code(character) for character in text]

    def _code(self, character: str) -> int:
        code = ord(character)
        if code < _FIRST_FAR or _LAST_FAR < code < 0x10000:
            return code
        if code < 0x10000 or (character not in self._far and len(self._far) > _LAST_FAR - _FIRST_FAR):
            return _UNKNOWN
        return self._far.setdefault(character, _FIRST_FAR + len(self._far))

    def to_unicode(self) -> bytes:
        """Return the map from codes to characters, for those who copy a text or look for one."""
        near = [
            b"<%02x00> <%02xff> <%02x00>" % (high, high, high)
            for high in range(256)
            if not _FIRST_FAR >> 8 <= high <= _LAST_FAR >> 8
        ]
        far = [b"<%04x> <%s>" % (code, sign.encode("utf-16-be").hex().encode()) for sign, code in self._far.items()]
        return b"".join((_MAP_HEAD, *_blocks(b"range", near), *_blocks(b"char", far), _MAP_TAIL))


_MAP_HEAD = (
    b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
    b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
)
_MAP_TAIL = b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"


def _blocks(kind: bytes, rows: list[bytes]) -> Iterable[bytes]:
    for start in range(0, len(rows), _MOST_RANGES):
        part = rows[start : start + _MOST_RANGES]
        yield b"%d beginbf%s\n%s\nendbf%s\n" % (len(part), kind, b"\n".join(part), kind)


def font_objects(objects: Objects, own: int, codes: Codes) -> Iterable[bytes]:
    """Yield the objects of the font, numbered from `own` on; last of all, when every character is known."""
    below, described, program, glyphs, unicode = range(own + 1, own + OBJECTS)
    yield objects.object(
        own,
        b"<</Type /Font /Subtype /Type0 /BaseFont /Shapeless /Encoding /Identity-H /DescendantFonts [%s]"
        b" /ToUnicode %s>>" % (reference(below), reference(unicode)),
    )
    yield objects.object(
        below,
        b"<</Type /Font /Subtype /CIDFontType2 /BaseFont /Shapeless /DW %d /FontDescriptor %s /CIDToGIDMap %s"
        b" /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>>>"
        % (WIDTH, reference(described), reference(glyphs)),
    )
    yield objects.object(
        described,
        b"<</Type /FontDescriptor /FontName /Shapeless /Flags 5 /FontBBox [0 %d %d %d] /ItalicAngle 0 /Ascent %d"
        b" /Descent %d /CapHeight %d /StemV 80 /FontFile2 %s>>"
        % (DESCENT, WIDTH, ASCENT, ASCENT, DESCENT, ASCENT, reference(program)),
    )
    data = font_program()
    yield objects.stream(program, b"/Length1 %d" % len(data), data)
    yield objects.stream(glyphs, b"", b"\0\1" * 0x10000)
    yield objects.stream(unicode, b"", codes.to_unicode())


def font_program() -> bytes:
    """Return the TrueType font of an empty glyph and a line from corner to corner: just the tables that a PDF needs.

    The line encloses no area, so that nothing is ever filled, and yet readers see how large a character is.
    """
    corner = (1, 0, DESCENT, WIDTH, ASCENT, 1, 0, 1, 1, 0, WIDTH, DESCENT, ASCENT - DESCENT)
    head = (0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, DESCENT, WIDTH, ASCENT, 0, 8, 2, 0, 0)
    hhea = (0x10000, ASCENT, DESCENT, 0, WIDTH, 0, 0, WIDTH, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    tables = {
        b"glyf": struct.pack(">hhhhhHHBBhhhh", *corner),
        b"head": struct.pack(">IIIIHHqqhhhhHHhhh", *head),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", *hhea),
        b"hmtx": struct.pack(">HhHh", WIDTH, 0, WIDTH, 0),
        b"loca": struct.pack(">HHH", 0, 0, 12),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    font = _assembled(tables)
    adjusted = struct.pack(">I", (_CHECKSUM - _sum(font)) & 0xFFFFFFFF)
    tables[b"head"] = tables[b"head"][:8] + adjusted + tables[b"head"][12:]
    return _assembled(tables, sums_of_head=adjusted)


def _assembled(tables: dict[bytes, bytes], sums_of_head: bytes = b"") -> bytes:
    """Return a font file; the sum of its table `head` is taken without what adjusts the sum of the whole."""
    begin = 12 + 16 * len(tables)
    rows, body = b"", b""
    for tag, table in sorted(tables.items()):
        summed = table[:8] + bytes(4) + table[12:] if tag == b"head" and sums_of_head else table
        rows += struct.pack(">4sIII", tag, _sum(summed), begin + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 32) + rows + body


def _sum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    return sum(int.from_bytes(padded[at : at + 4]) for at in range(0, len(padded), 4)) & 0xFFFFFFFF
