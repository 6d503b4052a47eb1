"""Small PDFs, written by the tests themselves."""

from collections.abc import Sequence


def pdf(*pages: str, extra: str = "", media: str = "0 0 600 800", trailer: str = "") -> bytes:
    """Return a PDF with a page for each content stream; /F1 is Helvetica, /F2 the same with Hebrew letters for a to d.

    `extra` goes into every page's dictionary, `trailer` into the trailer.
    """
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode "
        + f"{5 + 2 * len(pages)} 0 R >>".encode(),
    ]
    for n, content in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media}] /Contents {6 + 2 * n} 0 R {extra} "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(_stream(content.encode("latin-1")))
    objects += [_stream(_HEBREW)]
    return _file(objects, trailer)


_HEBREW = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <61> <64> <05D0> endbfrange endcmap end end"""


def _stream(data: bytes, more: str = "") -> bytes:
    return f"<< /Length {len(data)} {more}>>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, item in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    made += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(made)


def line(text: str, x: float = 72, y: float = 700, size: float = 20, font: str = "F1") -> str:
    """Return a content stream that prints a text, its base line `y` points from the bottom."""
    return f"BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n"


def locked_pdf() -> bytes:
    """Return a PDF whose password nobody knows."""
    mark = "00" * 16
    lock = f"<< /Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -4 >>"
    return pdf(line("secret"), trailer=f"/Encrypt {lock} /ID [<{mark}> <{mark}>]")
