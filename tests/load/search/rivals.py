"""The same texts in SQLite FTS5 and in tantivy, and the same questions put to them as well as each can be asked.

Both index pages and answer with pages: not which words of them are hits, not how many, not where they lie; a snippet is
text with marks in it. A phrase over a page end, a word split over two lines and a part of a compound are not found.
Neither is asked with its own query language beyond what the question needs.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import tantivy

from search.library import PackHandle

SHOWN = 100  # pages with a snippet


class Rival(Protocol):
    """Another index: `pages` counts the pages that a question finds, `shown` writes a snippet of up to 100 of them."""

    name: str

    def pages(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages; None if it cannot be asked that."""
        ...

    def shown(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages that it wrote snippets of; None if it cannot be asked that."""
        ...


class Fts5:
    """SQLite's own index: one table of pages, its prefixes of four letters indexed; an object is a range of rows."""

    name = "SQLite FTS5"

    def __init__(self, handles: Mapping[str, PackHandle]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE pages USING fts5(text, prefix = '4', tokenize = 'unicode61 remove_diacritics 2')"
        )
        self._database.execute("CREATE VIRTUAL TABLE words USING fts5vocab(pages, row)")
        self._rows: dict[str, tuple[int, int]] = {}
        row = 0
        for name, handle in handles.items():
            texts = [(row + n, " ".join(handle.page(n).texts)) for n in range(1, handle.pages + 1)]
            self._database.executemany("INSERT INTO pages (rowid, text) VALUES (?, ?)", texts)
            self._rows[name] = row + 1, row + handle.pages
            row += handle.pages
        self._database.execute("INSERT INTO pages (pages) VALUES ('optimize')")

    def pages(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages that a question finds."""
        if kind == "suggestions":
            return len(self._suggestions(text))
        query = _fts5_query(kind, text)
        return None if query is None else len(self._rows_of(query, object_id))

    def _rows_of(self, query: str, object_id: str) -> list[Any]:
        wanted = "SELECT rowid FROM pages WHERE pages MATCH ? AND rowid BETWEEN ? AND ?"
        return self._database.execute(wanted, (query, *self._rows[object_id])).fetchall()

    def _suggestions(self, text: str) -> list[Any]:
        wanted = "SELECT term, cnt FROM words WHERE term >= ? AND term < ? ORDER BY cnt DESC LIMIT 20"
        return self._database.execute(wanted, (text.lower(), text.lower() + "\U0010ffff")).fetchall()

    def shown(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages that it wrote snippets of."""
        query = _fts5_query(kind, text)
        if query is None:
            return None
        wanted = (
            "SELECT rowid, snippet(pages, 0, '<', '>', '', 30) FROM pages"
            " WHERE pages MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?"
        )
        return len(self._database.execute(wanted, (query, *self._rows[object_id], SHOWN)).fetchall())


def _fts5_query(kind: str, text: str) -> str | None:
    if kind in {"fuzzy-1", "leading wildcard", "suggestions"}:
        return None
    bare = text.strip('"*')
    return f'"{bare}" *' if text.endswith("*") else f'"{bare}"'


class Tantivy:
    """One document a page, on the disk; words folded much as ours are; an object is a term that every page has."""

    name = "tantivy"

    def __init__(self, handles: Mapping[str, PackHandle], folder: Path) -> None:
        build = tantivy.SchemaBuilder()
        build.add_text_field("object", tokenizer_name="raw", index_option="basic")
        build.add_integer_field("n", stored=True, fast=True)
        build.add_text_field("text", stored=True, tokenizer_name="folded", index_option="position")
        self._schema = build.build()
        folding = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        analyzer = folding.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold()).build()
        index = tantivy.Index(self._schema, path=str(folder))
        index.register_tokenizer("folded", analyzer)
        writer = index.writer(num_threads=1)
        for name, handle in handles.items():
            for n in range(1, handle.pages + 1):
                writer.add_document(tantivy.Document(object=name, n=n, text=" ".join(handle.page(n).texts)))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        self._fold = next(iter(handles.values())).profile.fold

    def pages(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages that a question finds; of suggestions that of words, counted by pages."""
        if kind == "suggestions":
            only = self._only(object_id)
            return len(self._searcher.terms_with_prefix("text", self._fold(text), filter_query=only, limit=20))
        query = self._query(kind, text)
        return None if query is None else len(self._found(query, object_id, self._searcher.num_docs))

    def shown(self, kind: str, object_id: str, text: str) -> int | None:
        """Return the number of pages that it wrote snippets of, in reading order."""
        query = self._query(kind, text)
        if query is None:
            return None
        snippets = tantivy.SnippetGenerator.create(self._searcher, query, self._schema, "text")
        found = self._found(query, object_id, SHOWN)
        return len([snippets.snippet_from_doc(self._searcher.doc(place)).to_html() for _, place in found])

    def _found(self, query: Any, object_id: str, most: int) -> Sequence[Any]:
        must = tantivy.Occur.Must
        both = tantivy.Query.boolean_query([(must, self._only(object_id)), (must, query)])
        found: Sequence[Any] = self._searcher.search(
            both, limit=most, order_by_field="n", order=tantivy.Order.Asc, count=False
        ).hits
        return found

    def _only(self, object_id: str) -> Any:
        return tantivy.Query.term_query(self._schema, "object", object_id, "basic")

    def _query(self, kind: str, text: str) -> Any:
        """Return the question as one of its own queries."""
        bare = self._fold(text.strip('"*~'))
        make: dict[str, Callable[[], Any]] = {
            "phrase of stop words": lambda: tantivy.Query.phrase_query(
                self._schema, "text", list[str | tuple[int, str]](bare.split())
            ),
            "fuzzy-1": lambda: tantivy.Query.fuzzy_term_query(self._schema, "text", bare, 1, True, False),
            "prefix of 4 letters": lambda: tantivy.Query.regex_query(self._schema, "text", f"{bare}.*"),
            "prefix of 1 letter": lambda: tantivy.Query.regex_query(self._schema, "text", f"{bare}.*"),
            "leading wildcard": lambda: tantivy.Query.regex_query(self._schema, "text", f".*{bare}"),
        }
        if kind == "suggestions":
            return None
        term = tantivy.Query.term_query(self._schema, "text", bare, "position")
        return make[kind]() if kind in make else term
