"""Files by the end of their path."""

import random
from collections import Counter
from pathlib import Path

import pytest

from ingest.path_ends import PathEnds


def ends(*paths: str, used: set[Path] | None = None) -> PathEnds:
    found = PathEnds(lambda path: path not in (used or set()))
    for path in paths:
        found.add(Path(path))
    return found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("b/p.xml", "x/b/p.xml"), ("x/b/p.xml", "x/b/p.xml"), ("y/b/p.xml", "y/b/p.xml"), ("z/y/b/p.xml", "y/b/p.xml"),
        ("p.tif", "x/a/p.xml"), ("p.xml", "x/a/p.xml"), ("", "x/a/p.xml"), ("c/p.xml", "x/a/p.xml"),
    ],
)  # fmt: skip
def test_the_path_that_agrees_longest_is_found_and_of_several_the_first(said: str, found: str):
    assert ends("x/a/p.xml", "x/b/p.xml", "y/b/p.xml").find(Path(said).parts) == Path(found)


def test_the_very_path_wins_and_a_path_that_is_used_up_is_passed_over():
    used: set[Path] = set()
    all_of_them = ends("y/a/p.xml", "a/p.xml", used=used)
    assert all_of_them.find(("a", "p.xml")) == Path("y/a/p.xml")
    assert all_of_them.find(("a", "p.xml"), "a/p.xml") == Path("a/p.xml")
    used.add(Path("a/p.xml"))
    assert all_of_them.find(("a", "p.xml"), "a/p.xml") == Path("y/a/p.xml")
    used.add(Path("y/a/p.xml"))
    assert all_of_them.find(("a", "p.xml"), "a/p.xml") is None
    assert ends().find(("a",)) is None


def test_it_finds_what_comparing_with_every_path_would_find():
    dice = random.Random(7)
    names = [Path(*(dice.choice("abc") for _ in range(dice.randint(1, 4)))) for _ in range(200)]
    paths, used = list(dict.fromkeys(names)), set[Path]()
    found = ends(*map(str, paths), used=used)
    for said in dice.choices(names, k=300):
        free = [path for path in paths if path not in used]
        best = min(free, key=lambda path: -_agreement(path, said), default=None)
        assert found.find(said.parts) == best
        used |= {best} if best else set()


def _agreement(one: Path, other: Path) -> int:
    pairs = list(zip(reversed(one.parts), reversed(other.parts), strict=False))
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))


def test_each_path_is_asked_about_a_few_times_however_many_have_its_name():
    asked: Counter[Path] = Counter()
    used: set[Path] = set()

    def is_free(path: Path) -> bool:
        asked[path] += 1
        return path not in used

    found = PathEnds(is_free)
    for n in range(300):
        found.add(Path(f"root/{n}/p.xml"))
    for n in range(300):
        path = found.find((f"elsewhere{n}", "p.xml"))
        assert path is not None
        used.add(path)
    assert max(asked.values()) < 10
