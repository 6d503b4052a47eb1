"""What a file is that is neither OCR nor a picture, and what to do with it. Pure."""

EMPTY = "an empty file"
TEXT = "plain text"
TAR = "a tar archive"
UNKNOWN = "of no format that Lectern knows"

_OF_OFFICE = (b"mimetype", b"[Content_Types].xml", b"META-INF/")
_BEGINNINGS = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ\x00", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop picture"),
    (b"AT&TFORM", "DjVu"),
    (b"ID3", "a sound recording"),
    (b"{\\rtf", "a text of a word processor (RTF)"),
    (b"\xd0\xcf\x11\xe0", "an office file"),
)
_TAR_MARK = slice(257, 262)
_UNPACK = "Unpack it and give the folder, or pack the files as zip."
_REMEDIES = {
    EMPTY: "Copy it again from where it was made, or take it away.",
    TEXT: "It does not say where on the page a word stands: have the OCR program write hOCR, ALTO or PAGE.",
    TAR: _UNPACK,
    "an IIIF manifest": "Its pages are those of a folder ingested with --manifest; `lectern harvest` takes its text.",
    "DjVu": "Make a PDF of it (ddjvu -format=pdf).",
}


def looks_of(head: bytes) -> str:
    """Return in words what a file that begins so is, where it is no XML, HTML or JSON."""
    if not head.strip():
        return EMPTY
    if head[_TAR_MARK] == b"ustar":
        return TAR
    if head.startswith(b"PK") and head[30:].startswith(_OF_OFFICE):
        return "an e-book or an office file"
    named = next((what for begins, what in _BEGINNINGS if head.startswith(begins)), "")
    return named or (TEXT if _is_text(head) else UNKNOWN)


def remedy_of(looks_like: str) -> str:
    """Return what to do with a file that looks so, empty where there is nothing special to say."""
    packed = "archive" in looks_like or looks_like.startswith("packed")
    return _REMEDIES.get(looks_like, _UNPACK if packed else "")


def _is_text(head: bytes) -> bool:
    """Return whether there are no control characters but blank space, in UTF-8 or in an encoding of one byte."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
