"""From an object's pack to the documents that a cluster keeps of it, and back (docs/decisions/0015). Pure.

What a page's tokens look like in `t` and `seam` says search/tokenlines.py.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lectern.catalogue_pending import Key
from lectern.pack import PackFile, pack_pieces
from search.analysis import profile_mark
from search.cluster.tokens import packed
from search.packing import page_block
from search.remarks import PART, canvas_of_row, read_rows
from search.terms import SEGMENTS, TermTable
from search.tokenizing import Kind
from search.tokenlines import LONGEST, OFFSETS, SECTION, asked, read_lines, sign, terms_of
from search.tokentable import TokenTable

__all__ = [
    "BORDER",
    "CHUNK",
    "END",
    "LONGEST",
    "SEAM",
    "TEXT",
    "Owner",
    "asked",
    "documents",
    "head_id",
    "header_of_chunks",
    "header_pack",
    "key_of",
    "page_id",
    "seams_of",
    "sign",
    "terms_of",
]

SEAM = 16  # positions of the neighbouring pages that a page's document holds, on either side
CHUNK = 4 << 20  # bytes of the header pack in one document
BORDER = "^"  # stands in a seam for the page itself
END = "$"  # the last position of a page, behind its tokens
TEXT = ""  # the part that is the object's text; the other one is PART, annotations beside it

_LEFT_OUT = ("blocks", "index", SECTION, OFFSETS)  # of the header pack: documents of pages have what they hold

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Owner:
    """What every document of an object says: the object, its generation, and what decides who may see it."""

    object: str
    generation: int
    policy: str
    collections: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the name of one generation of the object."""
        return key_of(self.object, self.generation)

    def members(self) -> Document:
        """Return the fields of its documents."""
        return {
            "key": self.key,
            "object": self.object,
            "generation": self.generation,
            "policy": self.policy,
            "collections": list(self.collections),
        }


def key_of(object_id: str, generation: int) -> str:
    """Return the name of one generation of an object."""
    return str(Key(object_id, generation))


def page_id(key: str, part: str, n: int) -> str:
    """Return the id of a page's document; `n` counts from 1."""
    return f"{key}:{part}{n}"


def head_id(key: str, chunk: int) -> str:
    """Return the id of a piece (from 0) of the header pack."""
    return f"{key}:head:{chunk}"


def documents(pack: PackFile, owner: Owner) -> Iterator[tuple[str, Document]]:
    """Yield all documents of an object by their ids: its pages, the annotations beside its text, its header pack.

    The very last one is the first of the header pack.
    """
    yield from _pages(pack, owner, TEXT, range(1, int(pack.header["pages"]) + 1))
    beside = pack.part(PART)
    if beside is not None:
        yield from _pages(beside, owner, PART, [canvas_of_row(row) + 1 for row in read_rows(pack)])
    yield from _heads(pack, owner)


def _pages(pack: PackFile, owner: Owner, part: str, canvases: Sequence[int]) -> Iterator[tuple[str, Document]]:
    members, key = owner.members() | {"profile": profile_mark(pack.header)}, owner.key
    seams: Iterable[str] = seams_of(read_lines(pack), TokenTable(pack)) if part == TEXT else ()
    seam_of = iter(chain(seams, [""] * len(canvases)))
    for place, (canvas, line) in enumerate(zip(canvases, read_lines(pack), strict=True)):
        seam = next(seam_of)
        yield (
            page_id(key, part, place + 1),
            {
                "kind": "page",
                **members,
                "part": part,
                "n": place + 1,
                "canvas": canvas,
                "t": f"{line} {END}".lstrip(),
                "seam": seam,
                "packed": packed(line, seam),
                "w": b64encode(page_block(pack, place)).decode(),
            },
        )


def seams_of(lines: Iterable[str], table: TokenTable | None = None) -> list[str]:
    """Return the seam of every page: the tokens up to 16 positions before it and 16 after it, of whichever page.

    `lines` are the pages' tokens; between those before and those after stands BORDER. By the object's table behind
    these stand, for a hyphenated word whose second half is on the page and whose first half is further away (notes are
    between them), its token and the 15 before that.
    """
    edges: list[tuple[list[str], list[str]]] = []  # the first and last 16 of every page
    far: dict[int, list[str]] = {}
    crossing = {} if table is None else _crossing(table)
    for page, line in enumerate(lines):
        tokens = line.split()
        for place, other in crossing.get(page, ()):
            before = edges[-1][1] if edges and place + 1 < SEAM else []
            far.setdefault(other, []).extend([*before, *tokens][: place + 1 + len(before)][-SEAM:])
        edges.append((tokens[:SEAM], tokens[-SEAM:]))
    pages = range(len(edges))
    return [" ".join([*_before(edges, n), BORDER, *_after(edges, n), *_apart(far.get(n, ()))]) for n in pages]


def _apart(far: Sequence[str]) -> list[str]:
    """Return tokens that are neither before nor behind a page, with what parts them from those that are."""
    return [BORDER + BORDER, *far] if far else []


def _crossing(table: TokenTable) -> dict[int, list[tuple[int, int]]]:
    """Return by page the places on it of hyphenated words that end on another page, each with that page.

    Those are left out that are among the last 16 tokens before it.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for token, last in table.crossing:
        if table.page_tokens[last] - token > SEAM or last < table.page_of_token(token):
            page = table.page_of_token(token)
            found.setdefault(page, []).append((token - table.page_tokens[page], last))
    return found


def _before(edges: Sequence[tuple[list[str], list[str]]], page: int) -> list[str]:
    found: list[str] = []
    while page > 0 and len(found) < SEAM:
        page -= 1
        found = edges[page][1] + found
    return found[-SEAM:]


def _after(edges: Sequence[tuple[list[str], list[str]]], page: int) -> list[str]:
    found: list[str] = []
    while page + 1 < len(edges) and len(found) < SEAM:
        page += 1
        found = found + edges[page][0]
    return found[:SEAM]


def _heads(pack: PackFile, owner: Owner) -> Iterator[tuple[str, Document]]:
    data = header_pack(pack)
    count = max(1, -(-len(data) // CHUNK))
    for chunk in reversed(range(count)):  # the first one last: who finds it finds everything
        piece = data[chunk * CHUNK : (chunk + 1) * CHUNK]
        document: Document = {
            "kind": "head",
            **owner.members(),
            "profile": profile_mark(pack.header),
            "pages": int(pack.header["pages"]),
            "chunk": chunk,
            "chunks": count,
            "data": b64encode(piece).decode(),
        }
        yield head_id(owner.key, chunk), document if chunk else {**document, "words": " ".join(_words(pack))}


def _words(pack: PackFile) -> Iterator[str]:
    """Yield every word that may be suggested of an object, as it stands in `t`, each once."""
    parts = [each for each in (pack, pack.part(PART)) if each is not None]
    tables = [TermTable(part, which) for part in parts for which in ("", SEGMENTS)]
    terms = chain.from_iterable(table.all_with_prefix("") for table in tables)
    return (sign(Kind.SURFACE, term) for term in dict.fromkeys(terms))


def header_pack(pack: PackFile) -> bytes:
    """Return the header pack of a pack: a pack file itself, without the words, the tokens and any index.

    It is under no key: whoever reads it opens no index of it.
    """
    sections = {name: bytes(section) for name, section in pack.sections() if name.rpartition(".")[2] not in _LEFT_OUT}
    return b"".join(pack_pieces(pack.header, sections, b""))


def header_of_chunks(sources: Iterable[Mapping[str, Any]]) -> bytes | None:
    """Return a header pack put together from its documents' content in any order; None while some are missing."""
    pieces = {int(source["chunk"]): source for source in sources}
    if not pieces or len(pieces) != int(next(iter(pieces.values()))["chunks"]):
        return None
    return b"".join(b64decode(pieces[chunk]["data"] + "==") for chunk in range(len(pieces)))
