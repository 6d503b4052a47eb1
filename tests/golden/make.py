"""`python -m tests.golden.make` writes what the second reader says of every file to expected/."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.golden.second_reader import FILES, HERE, Expected, expect

EXPECTED = HERE / "expected"


def cases() -> Iterator[Path]:
    """Yield the files of the golden set, in order of format and name; a folder that holds METS is one case."""
    for folder in sorted(FILES.iterdir()):
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def answer_file(case: Path) -> Path:
    """Return the file that holds what is expected of a case."""
    return EXPECTED / case.parent.name / f"{case.name.split('.')[0]}.json"


def dump(expected: Expected) -> str:
    """Return the expected data as JSON, a word a line."""
    if "refused" in expected:
        return json.dumps(expected) + "\n"
    compact = json.JSONEncoder(ensure_ascii=False)
    parts = []
    for page in expected["pages"]:
        lines = []
        for line in page["lines"]:
            words = ",\n     ".join(compact.encode(word) for word in line["words"])
            rest = "".join(f', "{key}": {compact.encode(line[key])}' for key in line if key != "words")
            lines.append(f'    {{"words": [\n     {words}]{rest}}}')
        head = ", ".join(f'"{key}": {compact.encode(page[key])}' for key in page if key != "lines")
        body = "[\n" + ",\n".join(lines) + "]" if lines else "[]"
        parts.append(f'  {{{head}, "lines": {body}}}')
    joins = ",\n  ".join(compact.encode(join) for join in expected["joins"])
    pages = ",\n".join(parts)
    ranges = f',\n "ranges": {compact.encode(expected["ranges"])}' if "ranges" in expected else ""
    ranges += f',\n "mets": "{expected["mets"]}"' if "mets" in expected else ""
    return f'{{"pages": [\n{pages}],\n "joins": [{joins}]{ranges}}}\n'


def main() -> None:
    """Write all files, and take away those of cases that are gone."""
    written = set()
    for case in cases():
        file = answer_file(case)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = dump(expect(case))
        json.loads(text)
        file.write_text(text, encoding="utf-8")
        written.add(file)
    for file in set(EXPECTED.rglob("*.json")) - written:
        file.unlink()
    print(f"{len(written)} cases")


if __name__ == "__main__":
    main()
