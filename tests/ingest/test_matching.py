"""Which picture goes with which OCR page."""

from pathlib import Path

import pytest

from ingest.matching import Matching, match
from ingest.names import base_name, natural_key


def paths(*names: str) -> list[Path]:
    return [Path("book") / name for name in names]


def rows(matching: Matching) -> list[tuple[int, str, str | None, str | None, int]]:
    return [
        (leaf.n, leaf.name, leaf.image.name if leaf.image else None, leaf.ocr.name if leaf.ocr else None, leaf.page)
        for leaf in matching.leaves
    ]


def traps(matching: Matching) -> list[str]:
    return [entry.trap for entry in matching.notes]


@pytest.mark.parametrize(
    ("name", "base"),
    [("p2.jpg", "p2"), ("p2.alto.xml", "p2"), ("p2.hocr.html", "p2"), ("P2.HOCR", "P2"), ("a.b.tif", "a.b"),
     ("alto.xml", "alto"), (".xml", ".xml"), ("vol.1", "vol.1"), ("p2.jpg.xml", "p2")],
)  # fmt: skip
def test_base_names_lose_all_their_suffixes(name: str, base: str):
    assert base_name(name) == base


def test_people_count_p2_before_p10():
    assert sorted(["p10", "p2", "p1", "P3", "cover"], key=natural_key) == ["cover", "p1", "p2", "P3", "p10"]
    assert sorted(["10a", "9", "x"], key=natural_key) == ["9", "10a", "x"]


def test_pictures_and_ocr_meet_by_name_in_natural_order():
    found = match(paths("images/p10.jpg", "images/p2.png"), paths("ocr/p2.alto.xml", "ocr/p10.hocr"), {})
    assert rows(found) == [(1, "p2", "p2.png", "p2.alto.xml", 0), (2, "p10", "p10.jpg", "p10.hocr", 0)]
    assert found.notes == ()


def test_the_name_that_a_mac_writes_is_the_same_name_and_its_path_stays():
    mac, other = "Bla\u0308tter 2", "Bl\u00e4tter 2"
    found = match([Path(f"{mac}.jpg")], [Path(f"{other}.xml")], {})
    assert [(leaf.name, leaf.image, leaf.ocr) for leaf in found.leaves] == [
        (other, Path(f"{mac}.jpg"), Path(f"{other}.xml"))
    ]
    assert (found.notes, natural_key(mac)) == ((), natural_key(other))


def test_pages_with_only_one_of_the_two_stay_and_are_reported():
    found = match(paths("p1.jpg", "p2.jpg"), paths("p2.xml", "p3.xml"), {})
    assert rows(found) == [
        (1, "p1", "p1.jpg", None, 0),
        (2, "p2", "p2.jpg", "p2.xml", 0),
        (3, "p3", None, "p3.xml", 0),
    ]
    assert traps(found) == ["no-ocr", "no-picture"]


def test_pictures_alone_and_ocr_alone_are_no_fault():
    assert rows(match(paths("p1.jpg"), [], {})) == [(1, "p1", "p1.jpg", None, 0)]
    assert rows(match([], paths("p1.xml"), {})) == [(1, "p1", None, "p1.xml", 0)]
    assert match(paths("p1.jpg"), [], {}).notes == match([], paths("p1.xml"), {}).notes == ()
    assert match([], [], {}).leaves == ()


def test_of_two_files_for_a_page_the_folder_with_more_pages_wins():
    few, many = paths("aa/p1.xml"), paths("hocr/p1.hocr", "hocr/p2.hocr")
    found = match([], [*few, *many], {})
    assert rows(found) == [(1, "p1", None, "p1.hocr", 0), (2, "p2", None, "p2.hocr", 0)]
    assert traps(found) == ["second-file"]
    assert "aa/p1.xml is not used" in found.notes[0].message


def test_one_file_of_many_pages_alone():
    volume = paths("book.hocr")
    assert rows(match([], volume, {volume[0]: 3})) == [(n, str(n), None, "book.hocr", n - 1) for n in (1, 2, 3)]


def test_one_file_of_many_pages_meets_pictures_in_order():
    volume = paths("book.hocr")
    found = match(paths("b.jpg", "a.jpg"), volume, {volume[0]: 2})
    assert rows(found) == [(1, "a", "a.jpg", "book.hocr", 0), (2, "b", "b.jpg", "book.hocr", 1)]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [("a.jpg", "book.hocr"), ("b.jpg", None)]),
        (3, [("a.jpg", "book.hocr"), ("b.jpg", "book.hocr"), (None, "book.hocr")]),
    ],
)
def test_another_number_of_pages_than_pictures_is_reported(count: int, expected: list[tuple[str | None, str | None]]):
    volume = paths("book.hocr", "more.hocr")[: 1 if count == 3 else 2]
    counts = {volume[0]: count} if count == 3 else {volume[0]: 1, volume[1]: 0}
    found = match(paths("a.jpg", "b.jpg"), volume, counts)
    assert [(image, ocr) for _, _, image, ocr, _ in rows(found)] == expected
    assert traps(found) == ["count-mismatch"]


def test_names_that_never_agree_are_matched_in_order_only_if_the_numbers_do():
    found = match(paths("page.jpg"), paths("alto.xml"), {})
    assert rows(found) == [(1, "page", "page.jpg", "alto.xml", 0)]
    assert traps(found) == ["matched-in-order"]
    found = match(paths("a.jpg", "b.jpg"), paths("x.xml"), {})
    assert rows(found) == [(1, "a", "a.jpg", None, 0), (2, "b", "b.jpg", None, 0), (3, "x", None, "x.xml", 0)]
    assert traps(found) == ["no-names-agree"]


def test_picture_files_of_many_pages_are_matched_in_order():
    (scan,) = paths("scan.tif")
    found = match([scan], paths("1.xml", "2.xml", "3.xml"), {}, {scan: (0, 2, 4)})
    assert [(leaf.n, leaf.name, leaf.image_page) for leaf in found.leaves] == [(1, "1", 0), (2, "2", 2), (3, "3", 4)]
    assert [leaf.ocr.name for leaf in found.leaves if leaf.ocr] == ["1.xml", "2.xml", "3.xml"]
    assert traps(found) == []


def test_a_picture_file_of_many_pages_goes_with_a_file_of_as_many_texts():
    book = paths("book.pdf")[0]
    found = match([book], [book], {book: 2}, {book: (0, 1)})
    assert [(leaf.image, leaf.image_page, leaf.ocr, leaf.page) for leaf in found.leaves] == [
        (book, 0, book, 0),
        (book, 1, book, 1),
    ]


def test_a_picture_file_of_another_number_of_pages_is_reported():
    (scan,) = paths("scan.tif")
    found = match([scan], paths("1.xml"), {}, {scan: (0, 1)})
    assert (len(found.leaves), traps(found)) == (2, ["count-mismatch"])


def test_where_names_agree_a_picture_file_of_two_pages_shifts_no_other():
    images, texts = paths("1.tif", "2.tif", "3.tif"), paths("1.xml", "2.xml", "3.xml")
    found = match(images, texts, {}, {images[0]: (0, 1)})
    assert rows(found) == [
        (1, "1, 1", "1.tif", "1.xml", 0),
        (2, "1, 2", "1.tif", None, 0),
        (3, "2", "2.tif", "2.xml", 0),
        (4, "3", "3.tif", "3.xml", 0),
    ]
    assert traps(found) == ["count-mismatch", "no-ocr"]


def test_volumes_of_many_pages_are_matched_name_by_name():
    images, texts = paths("a.tif", "b.tif"), paths("a.hocr", "b.hocr")
    found = match(images, texts, {texts[0]: 2, texts[1]: 3}, {images[0]: (0, 1, 2), images[1]: (0, 1, 2)})
    assert rows(found)[2:4] == [(3, "a, 3", "a.tif", None, 0), (4, "b, 1", "b.tif", "b.hocr", 0)]
    assert [leaf.image_page for leaf in found.leaves] == [0, 1, 2, 0, 1, 2]
    assert traps(found) == ["count-mismatch", "no-ocr"]


def test_numbers_in_names_may_have_any_length():
    assert natural_key("9" * 5000) > natural_key("8" * 4000)


def test_files_that_name_their_canvas_are_all_used_whatever_their_names():
    texts = paths("b/lines.json", "a/lines.json", "a/words.json")
    assert traps(match([], texts, {})) == ["second-file"]
    found = match([], texts, {}, of_canvases=set(texts))
    assert [leaf.ocr for leaf in found.leaves] == paths("a/lines.json", "a/words.json", "b/lines.json")
    assert [leaf.name for leaf in found.leaves] == ["lines", "words", "b/lines"]
    assert found.notes == ()


def test_files_that_name_their_canvas_meet_as_many_pictures_in_order():
    texts = paths("a/lines.json", "b/lines.json")
    found = match(paths("1.jpg", "2.jpg"), texts, {}, of_canvases=set(texts))
    assert [leaf.ocr for leaf in found.leaves] == texts
    assert traps(found) == ["matched-in-order"]


def test_of_several_kinds_of_ocr_for_a_picture_one_is_used_and_the_other_named():
    texts = paths("p1.gt.xml", "p1.tess.xml", "p2.tess.xml", "p3.xml", "p3.gt.xml", "p4.tess.xml")
    found = match(paths("p1.png", "p2.png", "p3.png", "p4.png"), texts, {})
    assert rows(found) == [
        (1, "p1", "p1.png", "p1.tess.xml", 0),
        (2, "p2", "p2.png", "p2.tess.xml", 0),
        (3, "p3", "p3.png", "p3.xml", 0),
        (4, "p4", "p4.png", "p4.tess.xml", 0),
    ]
    assert [(note.trap, note.page) for note in found.notes] == [("second-file", "p1"), ("second-file", "p3")]
    assert "p1.gt.xml is not used" in found.notes[0].message
    assert "take p1.tess.xml away" in found.notes[0].message


def test_one_kind_alone_goes_with_its_picture_and_a_dot_in_a_pictures_name_is_no_kind():
    found = match(paths("p1.png", "p.two.png"), paths("p1.gt.xml", "p.two.xml"), {})
    assert [(leaf.name, leaf.ocr and leaf.ocr.name) for leaf in found.leaves] == [
        ("p1", "p1.gt.xml"),
        ("p.two", "p.two.xml"),
    ]
    assert found.notes == ()


def test_without_pictures_files_that_look_like_several_of_a_page_are_told_of():
    found = match([], paths("p1.gt.xml", "p1.tess.xml", "p2.gt.xml", "p2.tess.xml", "v.1.xml", "v.2.xml"), {})
    assert len(found.leaves) == 6
    assert traps(found) == ["several-ocr-files"]
    assert "p1.gt.xml and p1.tess.xml" in found.notes[0].message
    assert "of 1 more" in found.notes[0].message
    assert "take away" in found.notes[0].message
