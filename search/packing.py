"""From the words of an object to its pack, and back: a pack is re-indexed from the words it holds itself."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from lectern.home import Home
from lectern.pack import PackFile, numbers, write_sections
from lectern.wordblock import PageWords, encode_page
from lectern.words import Join, Text
from search.analysis import DEFAULT, Profile
from search.terms import term_sections
from search.tokenizing import Tokens, tokenize
from search.tokentable import token_sections
from search.whoosh_engine import build_index

INDEX_KEY = "index"


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a pack holds: pages, words as the OCR has them, and where it lies."""

    pages: int
    words: int
    path: Path


def write_pack(home: Home, object_id: str, generation: int, text: Text, profile: Profile = DEFAULT) -> PackSummary:
    """Build and write the pack of an object; returns what it holds.

    The pack lies beside the older generations and is seen by nobody until the catalogue's row names it.
    """
    found = tokenize(text, profile)
    words = found.page_words[-1]
    header = {
        "profile": profile.name,
        "profile_version": profile.version,
        "pages": len(text.pages),
        "words": words,
        "tokens": found.count,
    }
    sections = {
        **_word_sections([encode_page(page) for page in text.pages], text.joins),
        **token_sections(found),
        **term_sections(found),
        "index": index_section(found),
    }
    path = home.pack_file(object_id, generation)
    write_sections(path, header, sections, home.key(INDEX_KEY))
    return PackSummary(len(text.pages), words, path)


def index_section(found: Tokens) -> bytes:
    """Return the engine's section; empty for an object without a single token."""
    return build_index(found.postings) if found.count else b""


def _word_sections(blocks: list[bytes], joins: Iterable[Join]) -> dict[str, bytes]:
    rows = [[join.first, join.second, join.whole, join.marked] for join in joins]
    return {
        "block_offsets": numbers([0, *accumulate(map(len, blocks))]),
        "blocks": b"".join(blocks),
        "joins": zlib.compress(json.dumps(rows).encode()),
    }


def page_words(pack: PackFile, page: int) -> PageWords:
    """Return the words of a page (from 0)."""
    offsets = pack.numbers("block_offsets")
    return PageWords(pack.section("blocks")[offsets[page] : offsets[page + 1]])


def read_text(pack: PackFile) -> Text:
    """Return everything the word model held when the pack was written."""
    pages = [page_words(pack, n).page() for n in range(pack.header["pages"])]
    rows = json.loads(zlib.decompress(pack.section("joins")))
    return Text(pages, [Join(*row) for row in rows])
