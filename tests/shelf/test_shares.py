"""The same books from an OCR that knows lines only: a word is lit near where it was drawn, counted from the right."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from services.ingesting import ingest_with_bar
from tests.shelf.drawn import SAMPLES, bare, lit, pieces

_PAGE = 2  # without marks, which take no room and count as characters where room is shared out
_WORD_BOXES = {
    "beginnings": (r'(<String) HPOS="\d+" VPOS="\d+" WIDTH="\d+" HEIGHT="\d+"', r"\1"),
    "odes": (r"\s*<Word .*?</Word>", ""),
}


@pytest.mark.parametrize("book", sorted(_WORD_BOXES))
def test_words_without_boxes_share_their_line_from_right_to_left(tmp_path: Path, book: str):
    folder = tmp_path / book
    shutil.copytree(SAMPLES / book, folder)
    for file in (folder / "ocr").iterdir():
        text, count = re.subn(*_WORD_BOXES[book], file.read_text(encoding="utf-8"))
        assert count > 20
        file.write_text(text, encoding="utf-8")
    context = Context(load_settings(tmp_path / "home"))
    context.home.prepare()
    ingest_with_bar(context.settings, folder, object_id=book, policy="open")
    client = create_app(context).test_client()
    times = Counter(bare(piece.text) for piece in pieces(book))
    page = [piece for piece in pieces(book) if piece.page == _PAGE and piece.text.isalpha() and len(piece.text) > 2]
    # Two Latin words beside one another run the other way, which a share by characters does not know.
    once = [piece for piece in page if times[bare(piece.text)] == 1 and not piece.text.isascii()]
    right = 0
    for piece in once:
        answer = client.get(f"/search/1/{book}", query_string={"q": piece.text}).get_json()
        (found,) = answer["resources"]
        x, y, w, h = map(int, found["on"].partition("#xywh=")[2].split(","))
        assert abs(x + w / 2 - piece.centre[0]) < 60, (piece, found["on"])
        assert y <= piece.centre[1] <= y + h
        right += piece in lit(book, _PAGE, (x, y, w, h))
    assert right > 0.9 * len(once) > 15
    context.catalogue.close()
    context.state.close()
