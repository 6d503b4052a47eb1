"""The rows of the corpus' manifest."""

import csv
from collections.abc import Iterator
from pathlib import Path


def corpus_rows(corpus: Path) -> Iterator[dict[str, str]]:
    """Yield what the manifest says of each file of the corpus: path, format, pages, words, quirks, all as text."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {name: value or "" for name, value in row.items()}
