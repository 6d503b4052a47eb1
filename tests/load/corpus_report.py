"""What is read of every OCR file of the corpus and of the golden set, beside two tools that others made.

    python -m tests.load.corpus_report [--corpus FOLDER] [--each]

The tools (archive-hocr-tools and alto-tools, AGPL and Apache) go into an environment that is thrown away, and are only
run as commands. Words are compared as a bag per file: what the second reader of the golden set finds is the measure.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from ingest.leaves import read_pages
from ingest.sniff import sniff
from lectern.errors import InputError
from lectern.settings import load_settings
from services.cli import main as cli
from services.context import Context
from tests.answers import test_expected
from tests.corpus_rows import corpus_rows
from tests.golden import ours
from tests.golden.make import answer_file, cases
from tests.golden.second.joining import bare
from tests.golden.second.model import Refused
from tests.golden.second_reader import READERS

_ROOT = Path(__file__).parents[2]
_SECONDS = 30  # a file and tool
_TOOLS = {"hocr": ("archive-hocr-tools", "hocr-text", "-f"), "alto": ("alto-tools", "alto-tools", "-t")}
_KINDS = {
    "ALTO": "alto",
    "hOCR": "hocr",
    "PAGE": "page",
    "ABBYY": "abbyy",
    "MiniOCR": "miniocr",
    "IIIF AnnotationPage": "annotations",
}
Bag = Counter[str]
Read = Callable[[Path], Bag | None]


@dataclass
class Score:
    """How one reader did: files it got through, with all words right, words found and words that are not there."""

    files: int = 0
    read: int = 0
    right: int = 0
    words: int = 0
    found: int = 0
    extra: int = 0

    def add(self, wanted: Bag, got: Bag | None) -> None:
        """Count one file; None is one that the reader did not get through."""
        self.files += 1
        self.words += wanted.total()
        if got is not None:
            self.read += 1
            self.found += (wanted & got).total()
            self.extra += (got - wanted).total()
            self.right += wanted == got

    def row(self, name: str) -> str:
        """Return the score as a line of the table."""
        share = self.found / self.words if self.words else 1
        return f"  {name:<30}{self.files:>6}{self.read:>6}{self.right:>7}{self.words:>9}{share:>9.2%}{self.extra:>8}"


@dataclass
class Table:
    """Scores by what was read and by which reader."""

    scores: dict[str, Score] = field(default_factory=dict)

    def of(self, name: str) -> Score:
        """Return the score of a reader, a new one at first."""
        return self.scores.setdefault(name, Score())

    def show(self, title: str) -> None:
        """Print the table."""
        print(f"\n{title}\n  {'':<30}{'files':>6}{'read':>6}{'right':>7}{'words':>9}{'found':>9}{'extra':>8}")
        for name, score in sorted(self.scores.items()):
            print(score.row(name))


def _bag(texts: list[str]) -> Bag:
    """Return words without the punctuation around them: tools differ in what they print at a line's end."""
    return Counter(word for text in texts if (word := bare(text.replace("\N{SOFT HYPHEN}", ""))))


def _bag_of(found: dict[str, Any]) -> Bag:
    return _bag([word["text"] for page in found["pages"] for line in page["lines"] for word in line["words"]])


def install_tools(folder: Path) -> dict[str, Path]:
    """Return the commands by format: those that could be installed."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
    commands = {}
    for kind, (package, command, _) in _TOOLS.items():
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", package]
        done = subprocess.run(pip, capture_output=True, check=False, timeout=300)
        if done.returncode == 0:
            commands[kind] = folder / "bin" / command
        else:
            print(f"  {package}: not available (pip cannot get it here)")
    return commands


def tool_reader(kind: str, command: Path) -> Read:
    """Return a function that gives the words a tool prints for a file, None where it fails."""

    def read(path: Path) -> Bag | None:
        try:
            done = subprocess.run(
                [command, _TOOLS[kind][2], path], capture_output=True, check=False, timeout=_SECONDS, cwd=command.parent
            )
        except subprocess.TimeoutExpired:
            return None
        return _bag(done.stdout.decode("utf-8", "replace").split()) if done.returncode == 0 else None

    return read


def golden_table(tools: dict[str, Read], *, each: bool) -> None:
    """Print how the readers do on the golden set: pages to be read, and files to be refused."""
    table, refused = Table(), Counter[str]()
    agree = total = 0
    for path in cases():
        kind = path.parent.name
        expected = json.loads(answer_file(path).read_text(encoding="utf-8"))
        found = ours.read(path)
        total, agree = total + 1, agree + (found == expected)
        if each and found != expected:
            print(f"  differs: {kind}/{path.name}")
        if "refused" in expected:
            refused["to be refused"] += 1
            refused["Lectern refuses"] += "refused" in found
            continue
        table.of(f"{kind}: Lectern").add(_bag_of(expected), _bag_of(found) if "pages" in found else None)
        if kind in tools:
            table.of(f"{kind}: {_TOOLS[kind][0]}").add(_bag_of(expected), tools[kind](path))
    table.show("Golden set")
    print(f"  text, boxes, canvas, joins and warnings as expected: {agree} of {total} files; {dict(refused)}")


@dataclass(frozen=True)
class Entry:
    """An OCR file of the corpus with what its manifest states."""

    path: Path
    kind: str
    pages: str
    words: str


def entries(corpus: Path) -> Iterator[Entry]:
    """Yield the OCR files that the corpus' manifest names."""
    for row in corpus_rows(corpus):
        kind = next((kind for name, kind in _KINDS.items() if row["format"].startswith(name)), None)
        if kind:
            yield Entry(corpus / row["path"], kind, row["pages"], row["words"])


def corpus_table(corpus: Path, tools: dict[str, Read], *, each: bool) -> None:
    """Print stated and read pages and words, and the readers' scores, by format."""
    table = Table()
    stated: dict[str, Counter[str]] = {}
    for entry in entries(corpus):
        count = stated.setdefault(entry.kind, Counter())
        try:
            pages = list(read_pages(entry.path, sniff(entry.path)[0]))
        except InputError as error:
            print(f"  refused: {entry.path.name} ({getattr(error, 'trap', '')})")
            continue
        texts = [word.text for page in pages for word in page.words()]
        count.update(files=1, pages=len(pages), words=len(texts))
        count.update(stated_pages=int(entry.pages or 0), stated_words=int(entry.words or 0))
        if each:
            print(f"  {entry.path.name:<60}{entry.pages:>5}{len(pages):>5}{entry.words:>7}{len(texts):>7}")
        wanted = _second(entry)
        if wanted is None:
            continue
        table.of(f"{entry.kind}: Lectern").add(wanted, _bag(texts))
        if entry.kind in tools:
            table.of(f"{entry.kind}: {_TOOLS[entry.kind][0]}").add(wanted, tools[entry.kind](entry.path))
    print(f"\nCorpus\n  {'':<14}{'files':>6}{'pages stated':>14}{'read':>6}{'words stated':>14}{'read':>8}")
    for kind, count in sorted(stated.items()):
        print(
            f"  {kind:<14}{count['files']:>6}{count['stated_pages']:>14}{count['pages']:>6}"
            f"{count['stated_words']:>14}{count['words']:>8}"
        )
    table.show("Corpus, words beside those of the second reader")


def _second(entry: Entry) -> Bag | None:
    try:
        pages = READERS[entry.kind](entry.path.read_bytes())
    except Refused:
        return None
    return _bag([word.text for page in pages for line in page.lines for word in line.words])


def recall_table(corpus: Path) -> None:
    """Print for the six documents with expected answers how many of their hits are found where they stand."""
    print(f"\nExpected hits\n  {'':<22}{'hits':>6}{'found':>7}{'recall':>9}{'extra':>7}{'not explained':>15}")
    for name in test_expected.DOCUMENTS:
        with tempfile.TemporaryDirectory() as home:
            document = _document(corpus, name, Path(home))
            total = missed = extra = odd = 0
            for entry in [*document.expected["words"], *document.expected["phrases"]]:
                query = entry["q"] if "q" in entry else f'"{entry["phrase"]}"'
                wanted = document.expected_hits(entry["hits"])
                missing, others = test_expected._compare(document, document.ask(query), wanted)
                total, missed, extra = total + len(wanted), missed + len(missing), extra + len(others)
                odd += len(test_expected._unexplained(query, others))
        print(f"  {name:<22}{total:>6}{total - missed:>7}{1 - missed / total:>9.2%}{extra:>7}{odd:>15}")


def _document(corpus: Path, name: str, home: Path) -> test_expected.Document:
    expected = json.loads((corpus / "expected" / f"{name}.json").read_text())
    folder = str(corpus / expected["document"])
    done = CliRunner().invoke(cli, ["--home", str(home), "ingest", folder, "--object", "book", "--json"])
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    context = Context(load_settings(home))
    handle = context.library.open(context.catalogue.get("book"))
    return test_expected.Document(name, handle, context.catalogue.canvases("book"), expected, [])


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("LECTERN_CORPUS") or _ROOT.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=default)
    parser.add_argument("--each", action="store_true", help="a line for every file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = install_tools(Path(folder, "tools"))
        tools = {kind: tool_reader(kind, command) for kind, command in commands.items()}
        golden_table(tools, each=asked.each)
        corpus_table(Path(asked.corpus), tools, each=asked.each)
    recall_table(Path(asked.corpus))


if __name__ == "__main__":
    main()
