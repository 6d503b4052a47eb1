"""From a folder to an object on the shelf, and what failing leaves behind."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from image.derivatives import Derivatives
from ingest.digests import digest_of
from ingest.keeping import GRACE_SECONDS, only_writer, pyramid_path, remove_files, spool_path, sweep
from ingest.leaves import Reduced
from ingest.pipeline import IngestResult, Wishes, ingest_object
from ingest.reindexing import reindex_object
from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import InputError, NotFound, PackError, StoreUnavailable
from lectern.home import Home
from lectern.pack import PackFile
from lectern.words import Text
from search.library import Library
from search.packing import read_text
from search.parts import part_path
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines, write_picture

ROOT = Path(__file__).resolve().parent.parent.parent


def read_back(home: Home, row: ObjectRow) -> Text:
    return read_text(PackFile(home.pack_file(row.id, row.generation)))


def words_of(home: Home, row: ObjectRow) -> list[list[str]]:
    return [[word.text for word in page.words()] for page in read_back(home, row).pages]


def traps(result: IngestResult) -> list[tuple[str, str, str | None]]:
    return [(entry.level, entry.trap, entry.page) for entry in result.entries]


def test_a_book_of_pictures_and_alto_is_published_whole(home: Home, catalogue: Catalogue, book: Path):
    result = ingest_object(home, catalogue, book, Wishes(label="My book", collections=("c",)))
    row = catalogue.get("book")
    assert (row.label, row.pages, row.words, row.policy, row.collections) == ("My book", 3, 3, "open", ("c",))
    assert row == result.row
    assert result.entries == ()
    canvases = catalogue.canvases("book")
    assert [(c.n, c.canvas, c.label, c.width, c.height, c.scale_by, c.words) for c in canvases] == [
        (n, f"/presentation/3/book/canvas/{n}", f"p{n}", 500, 700, "image", 1) for n in (1, 2, 3)
    ]
    assert all(c.image and (home.images / c.image).is_file() for c in canvases)
    assert words_of(home, row) == [["alpha"], ["beta"], ["gamma"]]
    (word,) = read_back(home, row).pages[0].words()
    assert word.box == (5, 2, 25, 8)  # half the size of the OCR page, rounded outwards


def test_one_broken_page_fails_alone_and_keeps_its_picture(home: Home, catalogue: Catalogue, book: Path):
    (book / "ocr" / "p2.xml").write_bytes(alto(text_lines(string("beta")))[:-40])
    result = ingest_object(home, catalogue, book, Wishes())
    assert traps(result) == [("failure", "truncated", "p2")]
    assert words_of(home, result.row) == [["alpha"], [], ["gamma"]]
    assert [(c.image is not None, c.ocr) for c in result.canvases] == [(True, "p1.xml"), (True, None), (True, "p3.xml")]
    assert catalogue.ledger("book")[0][1].message.startswith("p2.xml ends in the middle")


@pytest.mark.parametrize(
    ("data", "trap"),
    [(b"", "empty-file"), (b"\x00\x01", "not-ocr"), (b"%PDF", "not-ocr")],
    ids=["empty", "bytes", "pdf"],
)
def test_a_file_named_like_ocr_that_is_none_fails_its_page(
    home: Home, catalogue: Catalogue, book: Path, data: bytes, trap: str
):
    (book / "ocr" / "p2.xml").write_bytes(data)
    result = ingest_object(home, catalogue, book, Wishes())
    assert traps(result) == [("failure", trap, "p2")]
    assert len(result.canvases) == 3


def test_a_broken_page_without_picture_is_left_out(home: Home, catalogue: Catalogue, book: Path):
    (book / "ocr" / "p2.xml").write_bytes(b"<alto>")
    (book / "images" / "p2.png").unlink()
    result = ingest_object(home, catalogue, book, Wishes())
    assert ("failure", "truncated", "p2") in traps(result)
    assert words_of(home, result.row) == [["alpha"], ["gamma"]]
    assert [canvas.label for canvas in result.canvases] == ["p1", "p3"]


def test_a_picture_that_does_not_decode_leaves_the_text(home: Home, catalogue: Catalogue, book: Path):
    (book / "images" / "p2.png").write_bytes(b"no picture")
    result = ingest_object(home, catalogue, book, Wishes())
    assert traps(result) == [("failure", "not-a-picture", "p2")]
    assert (result.canvases[1].image, result.canvases[1].width, result.canvases[1].words) == (None, 1000, 1)


def test_when_nothing_can_be_read_what_was_there_stays(home: Home, catalogue: Catalogue, book: Path, tmp_path: Path):
    before = ingest_object(home, catalogue, book, Wishes())
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "p1.xml").write_bytes(b"<alto>")
    with pytest.raises(InputError, match=r"Not one page .* p1\.xml ends in the middle"):
        ingest_object(home, catalogue, bad, Wishes(name="book"))
    assert catalogue.get("book") == before.row
    assert words_of(home, before.row) == [["alpha"], ["beta"], ["gamma"]]


def test_pictures_alone_and_text_alone_make_objects(home: Home, catalogue: Catalogue, tmp_path: Path):
    write_picture(tmp_path / "pics" / "p10.png")
    write_picture(tmp_path / "pics" / "p9.png")
    result = ingest_object(home, catalogue, tmp_path / "pics", Wishes())
    assert [(c.label, c.words) for c in result.canvases] == [("p9", 0), ("p10", 0)]
    (tmp_path / "one.hocr").write_bytes(hocr(hocr_line("alone")))
    result = ingest_object(home, catalogue, tmp_path / "one.hocr", Wishes())
    assert [(c.label, c.width, c.image, c.scale_by) for c in result.canvases] == [("one", 1000, None, "ocr-page")]


def two_page_hocr() -> bytes:
    pages = "".join(f'<div class="ocr_page" title="bbox 0 0 1000 1400">{hocr_line(w)}</div>' for w in ("one", "two"))
    return f"<html><body>{pages}</body></html>".encode()


def test_one_file_of_many_pages_with_pictures_in_order(home: Home, catalogue: Catalogue, tmp_path: Path):
    folder = tmp_path / "vol"
    for n in (2, 10):
        write_picture(folder / f"s{n}.png", 500, 700)
    (folder / "all.hocr").write_bytes(two_page_hocr())
    result = ingest_object(home, catalogue, folder, Wishes())
    assert [(c.label, c.width, c.words, c.ocr) for c in result.canvases] == [
        ("s2", 500, 1, "all.hocr"),
        ("s10", 500, 1, "all.hocr"),
    ]
    assert words_of(home, result.row) == [["one"], ["two"]]


def test_a_broken_file_of_many_pages_leaves_the_pictures(home: Home, catalogue: Catalogue, tmp_path: Path):
    folder = tmp_path / "vol"
    write_picture(folder / "s1.png")
    (folder / "all.hocr").write_bytes(two_page_hocr()[:-20])
    result = ingest_object(home, catalogue, folder, Wishes())
    assert ("failure", "truncated", "all.hocr") in traps(result)
    assert [(c.label, c.words) for c in result.canvases] == [("s1", 0)]


def test_mets_gives_the_size_where_there_is_no_picture(home: Home, catalogue: Catalogue, tmp_path: Path):
    folder = tmp_path / "issue"
    folder.mkdir()
    (folder / "p1.xml").write_bytes(alto(text_lines(string("word", 0)), unit="inch1200"))
    (folder / "mets.xml").write_text(
        '<mets><amdSec ID="A"><imageWidth>2000</imageWidth><imageHeight>2800</imageHeight></amdSec><fileSec>'
        '<file ID="f" ADMID="A"><FLocat href="p1.xml"/></file></fileSec></mets>'
    )
    result = ingest_object(home, catalogue, folder, Wishes())
    assert [(c.width, c.height, c.scale_by) for c in result.canvases] == [(2000, 2800, "mets")]
    assert [word.box for word in read_back(home, result.row).pages[0].words()] == [(0, 10, 80, 30)]


def test_hyphens_are_joined_over_pages(home: Home, catalogue: Catalogue, tmp_path: Path):
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "p1.hocr").write_bytes(hocr(hocr_line("ver&shy;")))
    (folder / "p2.hocr").write_bytes(hocr(hocr_line("bunden")))
    joins = read_back(home, ingest_object(home, catalogue, folder, Wishes()).row).joins
    assert [(join.first, join.second, join.whole, join.marked) for join in joins] == [(0, 1, "verbunden", True)]


def test_object_json_gives_defaults_and_wishes_win(home: Home, catalogue: Catalogue, book: Path):
    described = {
        "label": "From the file",
        "summary": "S",
        "rights": "R",
        "language": ["la", "el"],
        "pages": [{"label": "Title page", "language": ["la"]}],
    }
    (book / "object.json").write_text(json.dumps(described))
    row = ingest_object(home, catalogue, book, Wishes()).row
    assert (row.label, row.summary, row.rights, row.languages) == ("From the file", "S", "R", ("la", "el"))
    assert [c.label for c in catalogue.canvases("book")] == ["Title page", "p2", "p3"]
    assert [page.language for page in read_back(home, row).pages] == ["la", None, None]
    row = ingest_object(home, catalogue, book, Wishes(label="Mine", languages=("deu",))).row
    assert (row.label, row.languages) == ("Mine", ("de",))


def test_object_json_says_which_way_the_pages_turn_and_another_word_is_told_of_at_once(
    home: Home, catalogue: Catalogue, book: Path
):
    assert ingest_object(home, catalogue, book, Wishes()).row.viewing_direction == ""
    (book / "object.json").write_text('{"viewing_direction": "right-to-left"}')
    result = ingest_object(home, catalogue, book, Wishes())
    assert (result.row.viewing_direction, result.unchanged) == ("right-to-left", False)
    assert catalogue.get("book") == result.row
    assert ingest_object(home, catalogue, book, Wishes()).unchanged


def test_what_is_not_said_again_stays(home: Home, catalogue: Catalogue, book: Path):
    ingest_object(home, catalogue, book, Wishes(name="ark:/12148/x", label="L", collections=("c",)))
    (row,) = catalogue.objects()
    assert row.original_id == "ark:/12148/x"
    again = ingest_object(home, catalogue, book, Wishes(name=row.id)).row
    assert (again.id, again.original_id, again.label, again.collections) == (row.id, "ark:/12148/x", "L", ("c",))
    assert again == row  # nothing was published: nothing had changed


def test_a_second_run_uses_finished_pictures_again(home: Home, catalogue: Catalogue, book: Path):
    first = ingest_object(home, catalogue, book, Wishes())
    paths = [home.images / str(c.image) for c in first.canvases]
    times = [path.stat().st_mtime_ns for path in paths]
    write_picture(book / "images" / "p2.png", 600, 840)
    second = ingest_object(home, catalogue, book, Wishes())
    assert [path.stat().st_mtime_ns for path in paths] == times
    assert [a.image == b.image for a, b in zip(first.canvases, second.canvases, strict=True)] == [True, False, True]
    assert second.canvases[1].width == 600


def test_a_torn_picture_in_the_home_is_made_anew(home: Home, catalogue: Catalogue, book: Path):
    first = ingest_object(home, catalogue, book, Wishes())
    torn = home.images / str(first.canvases[0].image)
    torn.write_bytes(b"II*\x00")
    ingest_object(home, catalogue, book, Wishes())
    assert torn.stat().st_size > 100


def test_the_reduced_file_is_made_for_a_policy_that_has_one(home: Home, catalogue: Catalogue, book: Path):
    ingest_object(home, catalogue, book, Wishes(policy="readers", reduced=Reduced("degraded", 0.1)))
    names = [path.name for path in home.image_folder("book").iterdir()]
    assert sum("~degraded" in name for name in names) == 3
    assert catalogue.get("book").policy == "readers"


def test_packs_before_the_last_are_swept_after_their_grace(home: Home, catalogue: Catalogue, book: Path):
    rows = []
    for text in ("one", "two", "three"):
        (book / "ocr" / "p1.xml").write_bytes(alto(text_lines(string(text))))
        rows.append(ingest_object(home, catalogue, book, Wishes()).row)
    assert [home.pack_file(row.id, row.generation).exists() for row in rows] == [True] * 3  # all younger than a minute
    foreign = home.pack_file("book", 0).parent / "book.x.1.pack"
    foreign.write_bytes(b"another object's")
    parts = [part_path(home, "book", row.generation, ((0, 0),)) for row in rows]
    half = [part.with_name(f".{part.name}.99") for part in parts]
    for part in parts:
        Library(home, 10).open(rows[parts.index(part)], ((0, 0),))
    for path in half:
        path.write_bytes(b"half")
    old = replace(rows[1], modified=rows[1].modified - GRACE_SECONDS - 1)
    sweep(home, rows[2], catalogue.canvases("book"), old, catalogue.canvases("book"))
    assert [home.pack_file(row.id, row.generation).exists() for row in rows] == [False, True, True]
    assert [part.exists() for part in parts] == [path.exists() for path in half] == [False, True, True]
    assert foreign.exists()
    assert all((home.images / str(c.image)).exists() for c in catalogue.canvases("book"))


def test_pictures_nobody_needs_are_swept(home: Home, catalogue: Catalogue, book: Path):
    row = ingest_object(home, catalogue, book, Wishes()).row
    stray = home.image_folder("book") / "0123~degraded-0.1.tif"
    stray.write_bytes(b"x")
    sweep(home, row, catalogue.canvases("book"), None, [])
    assert not stray.exists()
    assert len(list(home.image_folder("book").iterdir())) == 3


def test_removing_files_leaves_nothing_of_the_object(home: Home, catalogue: Catalogue, book: Path):
    row = ingest_object(home, catalogue, book, Wishes()).row
    spool_path(home, "book").write_bytes(b"of an ingest that was killed")
    Library(home, 10).open(row, ((0, 0),))
    remove_files(home, "book")
    assert not home.parts_folder("book").exists()
    assert not spool_path(home, "book").exists()
    assert not home.image_folder("book").exists()
    assert not home.pack_file("book", row.generation).exists()


def test_kept_images_of_an_object_go_with_it_and_with_its_former_edition(home: Home, catalogue: Catalogue, book: Path):
    kept = Derivatives(home.derivatives, 1 << 20, 86_400)
    former = ingest_object(home, catalogue, book, Wishes()).row
    canvases = catalogue.canvases("book")
    for end in (
        lambda: remove_files(home, "book"),
        lambda: sweep(home, former, canvases, replace(former, modified=former.modified - GRACE_SECONDS - 1), canvases),
        lambda: sweep(home, former, canvases, replace(former, modified=int(time.time())), canvases),
    ):
        kept.keep("book", 32 * "a", b"page")
        kept.keep("other", 32 * "a", b"page")
        end()
        assert kept.get("book", 32 * "a") is None
        assert kept.get("other", 32 * "a") == b"page"


def test_two_writers_of_one_object_do_not_meet(home: Home, catalogue: Catalogue, book: Path):
    with only_writer(home, catalogue, "book"), pytest.raises(StoreUnavailable, match="Another process"):
        ingest_object(home, catalogue, book, Wishes())
    ingest_object(home, catalogue, book, Wishes())


def test_names_of_pyramids_tell_name_and_content(home: Home, book: Path):
    picture = book / "images" / "p1.png"
    assert pyramid_path(home, "book", picture, "a") == pyramid_path(home, "book", picture, "a")
    assert pyramid_path(home, "book", picture, "a") != pyramid_path(home, "book", picture, "b")
    assert pyramid_path(home, "book", picture, "a") != pyramid_path(home, "book", book / "p2.png", "a")


def test_reindexing_needs_no_ocr_file(home: Home, catalogue: Catalogue, book: Path):
    (book / "ocr" / "p2.xml").write_bytes(b"<alto>")
    before = ingest_object(home, catalogue, book, Wishes()).row
    for path in book.rglob("*.xml"):
        path.unlink()
    after = reindex_object(home, catalogue, "book")
    assert after.generation > before.generation
    assert words_of(home, after) == words_of(home, before)
    assert len(catalogue.canvases("book")) == 3
    assert [entry.trap for _, entry in catalogue.ledger("book")] == ["truncated"]


def test_reindexing_what_is_not_there_is_refused(home: Home, catalogue: Catalogue, book: Path):
    with pytest.raises(NotFound):
        reindex_object(home, catalogue, "nothing")
    row = ingest_object(home, catalogue, book, Wishes()).row
    home.pack_file("book", row.generation).write_bytes(b"torn")
    with pytest.raises(PackError):
        reindex_object(home, catalogue, "book")
    assert catalogue.get("book").generation == row.generation


_SLOW_INGEST = """
import sys, time
from pathlib import Path
import ingest.pipeline
from ingest.pipeline import Wishes, ingest_object
from lectern.catalogue import Catalogue
from lectern.home import Home

def wait_before_publishing(*args, **kwargs):
    print("ready", flush=True)
    time.sleep(60)

ingest.pipeline.PackBuilder.finish = wait_before_publishing
home = Home(Path(sys.argv[1]))
ingest_object(home, Catalogue(home), Path(sys.argv[2]), Wishes())
"""


def test_a_killed_ingest_leaves_the_old_object_and_a_second_run_finishes(home: Home, catalogue: Catalogue, book: Path):
    before = ingest_object(home, catalogue, book, Wishes()).row
    (book / "ocr" / "p1.xml").write_bytes(alto(text_lines(string("changed"))))
    write_picture(book / "images" / "p1.png", 510, 714)
    command = [sys.executable, "-c", _SLOW_INGEST, str(home.path), str(book)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert catalogue.get("book") == before
    assert words_of(home, before)[0] == ["alpha"]
    picture = book / "images" / "p1.png"
    made = pyramid_path(home, "book", picture, digest_of(picture))
    finished = made.stat().st_mtime_ns
    after = ingest_object(home, catalogue, book, Wishes()).row
    assert words_of(home, after)[0] == ["changed"]
    assert made.stat().st_mtime_ns == finished  # what the killed run had finished is used


def test_progress_hears_of_every_page(home: Home, catalogue: Catalogue, book: Path):
    heard: list[object] = []

    class Ear:
        def begin(self, title: str, pages: int) -> None:
            heard.append((title, pages))

        def step(self) -> None:
            heard.append("step")

        def end(self) -> None:
            heard.append("end")

    began = time.monotonic()
    result = ingest_object(home, catalogue, book, Wishes(), Ear())
    assert heard == [("book", 3), "step", "step", "step", "end"]
    assert 0 < result.seconds <= time.monotonic() - began
