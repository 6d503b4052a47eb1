"""Every fault that `lectern verify` names is made here, found, and mended where that is said."""

import json
import os
import shutil
import sqlite3
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import verify_home
from ingest.faults import LEFT, REMEDIES, Kind
from ingest.keeping import only_writer, spool_path
from ingest.verify_words import page_faults
from lectern.catalogue import CanvasRow, Catalogue
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.pack import PackFile, write_sections
from lectern.urls import canvas_path
from lectern.wordblock import PageWords, encode_page
from lectern.words import Block, Box, Line, Page, Word
from tests.keeping.conftest import done, lectern, write_book

LONG_AGO = 1_000_000_000


def found(home: Home, *arguments: str) -> list[dict[str, object]]:
    result = lectern(home.path, "verify", "--json", *arguments)
    assert result.exit_code in (ExitCode.OK, ExitCode.PAGES_FAILED), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def kinds(home: Home, *arguments: str) -> list[object]:
    return [fault["kind"] for fault in found(home, *arguments)]


def pack_of(home: Home, object_id: str) -> Path:
    catalogue = Catalogue(home)
    path = home.pack_file(object_id, catalogue.get(object_id, newest=True).generation)
    catalogue.close()
    return path


def spoil(path: Path, section: str) -> None:
    """Change a byte of a section, as a disk may."""
    pack = PackFile(path)
    start = pack._start + pack._directory["sections"][section][0]
    data = bytearray(path.read_bytes())
    data[start + 3] ^= 0xFF
    path.write_bytes(data)


def pyramid_of(home: Home) -> Path:
    return min(path for path in home.image_folder("faust").glob("*.tif") if "~" not in path.name)


def run(home: Home, statement: str) -> None:
    with sqlite3.connect(home.catalogue_file) as file:
        file.execute(statement)
    file.close()


def age(home: Home) -> None:
    """Have what is on the shelf been there for more than a minute."""
    run(home, "UPDATE objects SET modified = modified - 1000")


@pytest.fixture(autouse=True)
def _old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files be as old as their names' times say: nobody can set the time of a change of status."""
    monkeypatch.setattr(verify_home, "is_old", lambda path: path.stat().st_mtime < time.time() - 60)


def test_a_home_that_is_well_has_nothing_to_mend(home: Home):
    result = lectern(home.path, "verify", "--mend")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing to mend." in result.stderr
    assert done(home.path, "verify", "faust") == ""


def test_there_is_nothing_to_look_at_without_a_home(tmp_path: Path):
    assert done(tmp_path / "none", "verify") == ""
    assert lectern(tmp_path / "none", "verify", "faust").exit_code == ExitCode.NOT_FOUND
    assert not (tmp_path / "none").exists()


def test_an_object_that_is_not_there_is_told(home: Home):
    assert lectern(home.path, "verify", "faust", "nothing").exit_code == ExitCode.NOT_FOUND


def test_every_kind_says_what_to_do():
    assert set(REMEDIES) == set(Kind)


def _lose_pack(home: Home) -> None:
    pack_of(home, "faust").unlink()


def _tear_pack(home: Home) -> None:
    path = pack_of(home, "faust")
    path.write_bytes(path.read_bytes()[:-10])


def _tear_manifest(home: Home) -> None:
    home.given_manifest("faust").write_bytes(b"\x1f\x8b no gzip")


def _more_words(home: Home) -> None:
    run(home, "UPDATE objects SET words = words + 1 WHERE id = 'faust'")


def _more_words_of_a_page(home: Home) -> None:
    run(home, "UPDATE canvases SET words = words + 1 WHERE object = 'faust' AND n = 2")
    run(home, "UPDATE canvases SET words = words - 1 WHERE object = 'faust' AND n = 1")


def _smaller_canvas(home: Home) -> None:
    run(home, "UPDATE canvases SET width = 5 WHERE object = 'egmont' AND n = 1")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (_lose_pack, Kind.PACK_MISSING),
        (_tear_pack, Kind.PACK_TORN),
        (lambda home: spoil(pack_of(home, "faust"), "blocks"), Kind.WORDS_SPOILT),
        (_tear_manifest, Kind.MANIFEST_TORN),
        (_more_words, Kind.COUNTS_DIFFER),
        (_smaller_canvas, Kind.BOX_OUTSIDE),
        (_more_words_of_a_page, Kind.WORDS_DISAGREE),
    ],
)
def test_what_cannot_be_mended_is_told_with_what_to_do(home: Home, make: Callable[[Home], None], kind: Kind):
    make(home)
    result = lectern(home.path, "verify", "--mend")
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert result.stdout.startswith(f"{kind}: ")
    assert REMEDIES[kind] in result.stdout
    assert set(kinds(home)) == {kind}


def _spoil_index(home: Home) -> None:
    spoil(pack_of(home, "faust"), "index")


def _spoil_terms(home: Home) -> None:
    spoil(pack_of(home, "faust"), "terms")


def _unsign_index(home: Home) -> None:
    (home.path / "keys" / "index").unlink()


def _drop_index(home: Home) -> None:
    path = pack_of(home, "faust")
    pack = PackFile(path)
    sections = {name: bytes(data) for name, data in pack.sections() if name != "index"}
    write_sections(path, pack.header, sections, home.key("index"))


def _tear_reduced(home: Home) -> None:
    next(home.image_folder("faust").glob("*~*.tif")).write_bytes(b"II*\x00 and no more")


def _lose_picture(home: Home) -> None:
    pyramid_of(home).unlink()


def _cut_picture(home: Home) -> None:
    path = pyramid_of(home)
    path.write_bytes(path.read_bytes()[:-100])


def _spoil_tile(home: Home) -> None:
    from image.stored import Pyramid

    path = pyramid_of(home)
    at = Pyramid(path).tiles(0).offsets[0]
    data = bytearray(path.read_bytes())
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)


def _other_picture(home: Home) -> None:
    from image.pyramid import make_pyramid
    from tests.ingest.files import write_picture

    other = home.path.parent / "other.png"
    write_picture(other, 90, 60)
    make_pyramid(other, pyramid_of(home))


def _open_home(home: Home) -> None:
    home.path.chmod(0o755)


def _open_state(home: Home) -> None:
    home.state_file.chmod(0o644)


def _open_key(home: Home) -> None:
    (home.path / "keys" / "index").chmod(0o640)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (_spoil_index, Kind.INDEX_SPOILT),
        (_spoil_terms, Kind.INDEX_SPOILT),
        (_unsign_index, Kind.INDEX_UNSIGNED),
        (_drop_index, Kind.INDEX_MISSING),
        (_tear_reduced, Kind.REDUCED_TORN),
        (_lose_picture, Kind.PICTURE_MISSING),
        (_cut_picture, Kind.PICTURE_TORN),
        (_spoil_tile, Kind.PICTURE_TORN),
        (_other_picture, Kind.PICTURE_SIZE),
        (_open_home, Kind.HOME_OPEN),
        (_open_state, Kind.SECRET_OPEN),
        (_open_key, Kind.SECRET_OPEN),
    ],
)
def test_what_can_be_mended_is_mended_and_answers_as_before(
    home: Home, answers: Callable[[Path], list[str]], make: Callable[[Home], None], kind: Kind
):
    before = answers(home.path)
    picture = pyramid_of(home).read_bytes()
    make(home)
    assert kind in kinds(home)
    assert lectern(home.path, "verify").exit_code == ExitCode.PAGES_FAILED
    told = found(home, "--mend")
    assert {fault["mended"] for fault in told if fault["kind"] not in LEFT} == {True}
    assert set(kinds(home)) <= {str(left) for left in LEFT}
    assert answers(home.path) == before
    assert pyramid_of(home).read_bytes() == picture


def test_a_picture_without_its_original_is_told(home: Home):
    shutil.rmtree(home.image_folder("faust") / "originals")
    _lose_picture(home)
    told = found(home, "--mend")
    assert [(fault["kind"], fault["page"], fault["mendable"], fault["mended"]) for fault in told] == [
        ("picture-missing", told[0]["page"], False, False)
    ]


def test_a_torn_catalogue_is_told_and_nothing_is_removed_because_of_it(home: Home):
    data = bytearray(home.catalogue_file.read_bytes())
    data[4096 * 2 : 4096 * 6] = bytes(4096 * 4)
    home.catalogue_file.write_bytes(data)
    before = sorted(home.path.rglob("*.*"))
    assert kinds(home, "--mend") == [Kind.STORE_TORN]
    assert [path for path in before if not path.exists() and "-wal" not in path.name and "-shm" not in path.name] == []


def _stray(home: Home, path: Path, when: float = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left over")
    os.utime(path, (when, when))
    return path


def test_what_is_left_over_is_told_and_removed_and_does_no_harm(home: Home):
    age(home)
    folder, pack = home.image_folder("faust"), pack_of(home, "faust")
    strays = {
        _stray(home, pack.with_name("faust.999999.pack")): Kind.LEFT_PACK,
        _stray(home, pack.with_name(".faust.7.pack.123000")): Kind.LEFT_PACK,
        _stray(home, home.pack_file("gone", 3)): Kind.LEFT_PACK,
        _stray(home, home.parts_folder("faust") / f"999999.{'a' * 32}.pack"): Kind.LEFT_PART,
        _stray(home, folder / "0123456789abcdef0123.tif"): Kind.LEFT_PICTURE,
        _stray(home, folder / ".half.tif.12.ab"): Kind.LEFT_PICTURE,
        _stray(home, folder / "originals" / "0123456789abcdef0123.png"): Kind.LEFT_PICTURE,
        _stray(home, home.image_folder("gone") / "0123456789abcdef0123.tif"): Kind.LEFT_PICTURE,
    }
    kept = {path for path in home.path.rglob("*") if path.is_file() and path not in strays}
    result = lectern(home.path, "verify")
    assert result.exit_code == ExitCode.OK
    assert sorted(map(str, kinds(home))) == sorted(map(str, strays.values()))
    assert all(path.exists() for path in strays)
    assert {fault["mended"] for fault in found(home, "--mend")} == {True}
    assert not any(path.exists() for path in strays)
    assert all(path.exists() for path in kept if path.parent.name != "work")
    assert found(home) == []


def test_what_is_young_or_in_use_is_not_removed(home: Home):
    age(home)
    folder = home.image_folder("faust")
    young = _stray(home, folder / "0123456789abcdef0123.tif", time.time())
    assert found(home, "--mend") == []
    os.utime(young, (LONG_AGO, LONG_AGO))
    catalogue = Catalogue(home)
    with only_writer(home, catalogue, "faust"):
        assert found(home, "--mend") == []
    catalogue.close()
    spool = spool_path(home, "faust")
    spool.write_bytes(b"pages that are done")
    assert found(home, "--mend") == []
    spool.unlink()
    assert young.exists()
    assert kinds(home, "--mend") == [Kind.LEFT_PICTURE]


def test_the_former_edition_stays_for_as_long_as_somebody_may_be_reading_it(shelf: Path, home: Home):
    former = pack_of(home, "egmont")
    done(home.path, "ingest", write_book(shelf / "egmont", "gamma omega", picture=False), "-q")
    os.utime(former, (LONG_AGO, LONG_AGO))
    assert found(home, "--mend") == []
    assert former.exists()
    age(home)
    assert kinds(home, "--mend") == [Kind.LEFT_PACK]
    assert not former.exists()


def test_a_file_is_old_when_its_name_is_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    assert not verify_home.is_old(_stray(Home(tmp_path), tmp_path / "linked"))  # its name came just now
    assert not verify_home.is_old(tmp_path / "gone")


def test_what_cannot_be_mended_just_now_says_why(home: Home):
    _spoil_index(home)
    catalogue = Catalogue(home)
    with only_writer(home, catalogue, "faust"):
        told = found(home, "--mend")
    catalogue.close()
    assert [fault["mended"] for fault in told] == [False]
    assert "is writing the object faust" in str(told[0]["outcome"])


def _page(text: str = "alpha", box: Box | None = None) -> Page:
    return Page([Block([Line([Word(text, box or Box(1, 2, 3, 4))])])])


def _canvas(**changes: object) -> CanvasRow:
    return CanvasRow(**{"n": 1, "canvas": canvas_path("faust", 1), "width": 10, "height": 10, "words": 1, **changes})  # type: ignore[arg-type]


def _kinds_of(words: PageWords, canvas: CanvasRow) -> list[Kind]:
    return [fault.kind for fault in page_faults("faust", canvas, words)]


def test_words_and_boxes_of_a_page_are_held_against_one_another():
    words = PageWords(encode_page(_page()))
    assert _kinds_of(words, _canvas()) == []
    assert _kinds_of(words, _canvas(words=2)) == [Kind.WORDS_DISAGREE]
    assert _kinds_of(words, _canvas(width=3)) == [Kind.BOX_OUTSIDE]
    assert _kinds_of(words, _canvas(width=3, scale_by="time")) == []


def test_a_page_whose_parts_disagree_or_do_not_decode_is_told():
    whole = encode_page(_page())
    words = PageWords(whole)
    words.__dict__["texts"] = ["alpha", "beta"]
    assert _kinds_of(words, _canvas()) == [Kind.WORDS_DISAGREE]
    fewer = PageWords(whole)
    fewer.__dict__["_rows"] = fewer._rows[:4]
    assert _kinds_of(fewer, _canvas()) == [Kind.WORDS_DISAGREE]
    torn = whole[:20] + zlib.compress(b"nothing") + whole[20:]
    assert _kinds_of(PageWords(torn), _canvas()) == [Kind.WORDS_DISAGREE]
