"""The pictures of README and docs are those that `make pictures` takes: none is named, or lies there, beside them."""

import re
from pathlib import Path

import pytest
import pyvips

from tests.conftest import ROOT
from tests.viewers.pictures import FOLDER, LARGEST, PICTURES

_NAMED = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]*pictures/[^)\s]+)\)")
_PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def named() -> list[tuple[Path, str, str]]:
    """Return every picture that a page names: the page, the words for who cannot see it, the path."""
    return [(page, found["alt"], found["path"]) for page in _PAGES for found in _NAMED.finditer(page.read_text())]


def test_every_picture_that_is_named_is_made_by_the_script_and_there():
    files = {(page.parent / path).resolve() for page, _, path in named()}
    assert files == {FOLDER / picture.name for picture in PICTURES}
    assert [file for file in files if not file.is_file()] == []


def test_nothing_else_lies_among_the_pictures():
    assert {file.name for file in FOLDER.iterdir()} == {picture.name for picture in PICTURES}


def test_the_readme_shows_one():
    assert len([page for page, _, _ in named() if page.name == "README.md"]) == 1


def test_pictures_have_words_for_who_cannot_see_them():
    assert [path for _, alt, path in named() if len(alt) < 20] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_small_and_of_the_size_it_was_taken_in(picture):
    file = FOLDER / picture.name
    assert file.stat().st_size <= LARGEST
    image = pyvips.Image.new_from_file(str(file))
    assert (image.width, image.height) == (picture.width, picture.height)
