"""From the words of an object to its pack, and back: a pack is re-indexed from the words it holds itself."""

import json
import tempfile
import zlib
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lectern.errors import PackError
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile, Section, numbers, write_sections
from lectern.wordblock import PageWords, encode_page
from lectern.words import Join, Page, PageText, Text, page_text
from search.analysis import DEFAULT, Profile
from search.remarks import PART, Remark, from_row, page_of, read_rows, remarks_section
from search.remarks import SECTION as REMARKS
from search.terms import term_sections
from search.tokenizing import Tokenizer, Tokens, pages_with_joins
from search.tokenlines import line_sections
from search.tokentable import token_sections
from search.whoosh_engine import build_index

_EMPTY = encode_page(Page())
_HELD = frozenset({"block_offsets", "blocks", "joins", REMARKS})
_AT_ONCE = 256  # pages whose words are asked for together


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a pack holds: pages, words as the OCR has them, and where it lies."""

    pages: int
    words: int
    path: Path


class _Texts:
    """Pages of text on their way into a pack: their words wait on the disk, the places of tokens in memory."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        self._profile = profile
        self._tokenizer = Tokenizer(profile)
        self._offsets = array("I", [0])
        self._joins: list[list[object]] = []
        self._blocks = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()

    def close(self) -> None:
        self._blocks.close()

    def add(self, block: bytes | memoryview, text: PageText, joins: Iterable[Join]) -> None:
        self._blocks.write(block)
        self._offsets.append(self._offsets[-1] + len(block))
        joins = list(joins)
        self._joins += [[join.first, join.second, join.whole, join.marked] for join in joins]
        self._tokenizer.add(text, joins)

    def skip(self) -> None:
        self._blocks.write(_EMPTY)
        self._offsets.append(self._offsets[-1] + len(_EMPTY))
        self._tokenizer.skip()

    def finish(self, indexed: bool) -> tuple[dict[str, Any], dict[str, Section]]:
        """Return the header and the sections: with an index, or with the tokens that a cluster makes one of."""
        found = self._tokenizer.finish()
        header = {
            **self._profile.header(),
            "pages": len(self._offsets) - 1,
            "words": found.page_words[-1],
            "tokens": found.count if found.occurs else 0,
        }
        sections: dict[str, Section] = {
            "block_offsets": numbers(self._offsets),
            "blocks": self._blocks,
            "joins": zlib.compress(json.dumps(self._joins).encode()),
            **token_sections(found),
            **term_sections(found, self._profile),
        }
        sections |= {"index": index_section(found)} if indexed else line_sections(found)
        return header, sections


class PackBuilder:
    """Builds the pack of an object page after page.

    The pack lies beside the older generations and is seen by nobody until the catalogue's row names it.
    """

    def __init__(
        self,
        home: Home,
        object_id: str,
        generation: int,
        profile: Profile = DEFAULT,
        *,
        path: Path | None = None,
        indexed: bool = True,
    ) -> None:
        """Take what the pack is of, and another place for it if it is not to be the object's own.

        One that is not `indexed` has its tokens in place of an index: it is made to be loaded into a cluster.
        """
        self._path = home.pack_file(object_id, generation) if path is None else path
        self._key = home.key(INDEX_KEY)
        self._profile = profile
        self._indexed = indexed
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._pages = _Texts(self._path.parent, profile)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pages.close()

    def add(self, block: bytes | memoryview, text: PageText, joins: Iterable[Join]) -> None:
        """Take in the next page: its block, the same words as text, and the joins whose first halves stand on it."""
        self._pages.add(block, text, joins)

    def skip(self) -> None:
        """Take in a page of which nothing is to be known: it has no words, and nothing runs over it."""
        self._pages.skip()

    def finish(self, more: Mapping[str, bytes] | None = None, remarks: Sequence[Remark] = ()) -> PackSummary:
        """Write the pack, with annotations beside the text and with sections besides the builder's own.

        Returns what it holds. Raises OSError.
        """
        header, sections = self._pages.finish(self._indexed)
        remarks = sorted(remarks, key=lambda remark: remark.n)  # as answers have them
        sections |= more or {}
        beside = _Texts(self._path.parent, self._profile)
        try:
            if remarks:
                for page in map(page_of, remarks):
                    beside.add(encode_page(page), page_text(page), ())
                part, parts = beside.finish(self._indexed)
                header["parts"] = {PART: part}
                sections |= {f"{PART}.{name}": section for name, section in parts.items()}
                sections[REMARKS] = remarks_section(remarks)
            write_sections(self._path, header, sections, self._key)
        finally:
            beside.close()
        return PackSummary(header["pages"], header["words"], self._path)


def write_pack(
    home: Home,
    object_id: str,
    generation: int,
    text: Text,
    profile: Profile = DEFAULT,
    *,
    remarks: Sequence[Remark] = (),
    indexed: bool = True,
) -> PackSummary:
    """Build and write the pack of a text that is in memory already; returns what it holds."""
    with PackBuilder(home, object_id, generation, profile, indexed=indexed) as builder:
        texts = map(page_text, text.pages)
        for page, (words, joins) in zip(text.pages, pages_with_joins(texts, text.joins), strict=True):
            builder.add(encode_page(page), words, joins)
        return builder.finish(remarks=remarks)


def rebuild_pack(
    home: Home,
    object_id: str,
    generation: int,
    pack: PackFile,
    *,
    more: Mapping[str, bytes],
    profile: Profile = DEFAULT,
    path: Path | None = None,
    indexed: bool = True,
) -> PackSummary:
    """Build and write a pack anew from the words that another holds, with `more` sections; returns what it holds."""
    with PackBuilder(home, object_id, generation, profile, path=path, indexed=indexed) as builder:
        blocks, read = tee(blocks_of_pages(pack, range(pack.header["pages"])))
        texts = (PageWords(block).text() for block in read)
        for block, (words, joins) in zip(blocks, pages_with_joins(texts, read_joins(pack)), strict=True):
            builder.add(block, words, joins)
        return builder.finish(more, read_remarks(pack))


def require_words(pack: PackFile, kept: Container[str] = ()) -> None:
    """Return if a pack can be made anew from what it holds, whatever else of it is spoilt; raises PackError if not.

    `kept` are the names of sections besides the builder's own that have to be as they were.
    """
    for name in pack.spoilt():
        if holds_words(name) or name in kept:
            raise PackError(f"The index file {pack.path.name} is spoilt (its {name}).", "Ingest the object again.")


def holds_words(section: str) -> bool:
    """Return whether a section of a pack, or of a part in it, is one that all others are made from."""
    return section.rpartition(".")[2] in _HELD


def index_section(found: Tokens) -> list[bytes]:
    """Return the pieces of the engine's section, none for an object without a single token; uses the postings up."""
    return build_index(found.postings) if found.occurs else []


def index_of_words(pack: PackFile, profile: Profile) -> bytes:
    """Return the engine's section made anew from the words that a pack holds."""
    tokenizer = Tokenizer(profile)
    for words, joins in read_pages(pack):
        tokenizer.add(words, joins)
    return b"".join(index_section(tokenizer.finish()))


def page_block(pack: PackFile, page: int) -> bytes | memoryview:
    """Return the block of a page (from 0)."""
    return pack.blocks([page])[0]


def page_words(pack: PackFile, page: int) -> PageWords:
    """Return the words of a page (from 0)."""
    return PageWords(page_block(pack, page))


def blocks_of_pages(pack: PackFile, pages: Sequence[int]) -> Iterator[bytes | memoryview]:
    """Yield the blocks of pages (from 0), some dozens of which are asked for at once."""
    for start in range(0, len(pages), _AT_ONCE):
        yield from pack.blocks(pages[start : start + _AT_ONCE])


def words_of_pages(pack: PackFile, pages: Sequence[int]) -> Iterator[PageWords]:
    """Yield the words of pages (from 0), asked for as their blocks are."""
    return map(PageWords, blocks_of_pages(pack, pages))


def _all_pages(pack: PackFile) -> Iterator[PageWords]:
    return words_of_pages(pack, range(pack.header["pages"]))


def read_pages(pack: PackFile) -> Iterator[tuple[PageText, list[Join]]]:
    """Yield every page of a pack without its boxes, with the joins whose first halves stand on it."""
    return pages_with_joins((words.text() for words in _all_pages(pack)), read_joins(pack))


def read_text(pack: PackFile) -> Text:
    """Return everything the word model held when the pack was written."""
    return Text([words.page() for words in _all_pages(pack)], read_joins(pack))


def read_remarks(pack: PackFile) -> list[Remark]:
    """Return the annotations beside the text of a pack."""
    part = pack.part(PART)
    if part is None:
        return []
    rows = zip(read_rows(pack), _all_pages(part), strict=True)
    return [from_row(row, words.spaced()) for row, words in rows]


def read_joins(pack: PackFile) -> list[Join]:
    """Return the words of an object that a hyphen parts, in order."""
    return [Join(*row) for row in json.loads(zlib.decompress(pack.section("joins")))]
