"""What METS says of pages: their order, files, labels and sizes."""

import pytest

from ingest.mets import MetsFile, read_mets
from ingest.traps import Unreadable
from tests.ingest.metses import NAMES, group, logical, mets, page, physical, two_pages
from tests.ingest.test_survey import METS


def names(data: bytes) -> list[tuple[str, ...]]:
    return [found.names for found in read_mets(data, "m.xml").pages]


def test_sizes_go_to_all_files_of_a_page_and_order_counts():
    found = read_mets(METS.encode(), "mets.xml")
    assert found.sizes == {"p 1": (4552, 7218)}
    assert [each.names for each in found.pages] == [("p2",), ("p 1",)]
    assert (found.order, found.ordered_by) == (("p2", "p 1"), "ORDER")


def test_mets_inside_oai_is_found_and_other_xml_refused():
    assert read_mets(f"<OAI>{METS}</OAI>".encode(), "m.xml").order == ("p2", "p 1")
    with pytest.raises(Unreadable) as caught:
        read_mets(b"<x/>", "m.xml")
    assert caught.value.trap == "not-mets"


def test_without_a_map_files_of_a_name_are_a_page_in_the_order_of_the_groups():
    bare = METS[: METS.index("<m:structMap")] + "</m:mets>"
    found = read_mets(bare.encode(), "m.xml")
    assert (found.sizes, found.ordered_by) == ({"p 1": (4552, 7218)}, "files")
    assert [each.names for each in found.pages] == [("p 1",), ("p2",)]


@pytest.mark.parametrize(
    ("orders", "wanted", "by"),
    [
        (("2", "1", "10"), "b a c", "ORDER"),
        (("2", "", "1"), "a b c", "document"),
        (("1", "1", "2"), "a b c", "document"),
        (("2", "x", "1"), "a b c", "document"),
        (("02", "2", "1"), "a b c", "document"),
        (("²", "2", "1"), "a b c", "document"),
    ],
)
def test_order_counts_only_if_every_page_has_a_number_of_its_own(orders: tuple[str, ...], wanted: str, by: str):
    groups = group("X", "text/xml", f1="a.xml", f2="b.xml", f3="c.xml")
    pages = [page([f"f{n}"], f'ORDER="{order}"') for n, order in enumerate(orders, start=1)]
    found = read_mets(mets(groups, physical(*pages)), "m.xml")
    assert (" ".join(found.order), found.ordered_by) == (wanted, by)


def test_divs_that_are_no_pages_count_only_where_none_is_called_a_page():
    groups = group("X", "text/xml", whole="book.pdf", f1="a.xml", f2="b.xml")
    whole = '<m:fptr FILEID="whole"/>'
    assert names(mets(groups, physical(whole, page(["f1"], kind="np:page"), page(["f2"], kind="TITLE_PAGE")))) == [
        ("a",),
        ("b",),
    ]
    assert names(mets(groups, physical(whole, page(["f1"], kind="leaf"), page(["f2"], kind="leaf")))) == [
        ("a",),
        ("b",),
    ]


def test_labels_are_those_that_say_something():
    assert [each.label for each in read_mets(two_pages(), "m.xml").pages] == ["Title", "ii"]


def test_a_page_without_label_takes_the_page_number_of_its_description():
    more = (
        '<m:dmdSec ID="D1"><detail type="volume"><number>56</number></detail>'
        '<detail type="page number"><number> 7 </number></detail></m:dmdSec>'
    )
    data = mets(group("X", "text/xml", f="a.xml"), physical(page(["f"], 'DMDID="D0 D1"')), more=more)
    assert [each.label for each in read_mets(data, "m.xml").pages] == ["7"]


def test_pointers_to_other_mets_files_are_told():
    div = '<m:div><m:mptr LOCTYPE="URL" xlink:href="https://example.org/volume1.xml"/></m:div>'
    found = read_mets(f'<m:mets {NAMES}><m:structMap TYPE="LOGICAL">{div}</m:structMap></m:mets>'.encode(), "m.xml")
    assert (found.pages, found.pointers) == ((), ("https://example.org/volume1.xml",))


def test_too_many_pages_are_refused():
    files = {f"f{n}": f"{n}.xml" for n in range(5001)}
    with pytest.raises(Unreadable) as caught:
        read_mets(mets(group("X", "text/xml", **files)), "m.xml")
    assert caught.value.trap == "too-many-pages"


@pytest.mark.parametrize(
    ("href", "name", "place", "relative"),
    [
        ("file://./ALTO/p%201.xml", "p 1", ("ALTO", "p 1.xml"), True),
        ("alto/p1.alto.xml", "p1", ("alto", "p1.alto.xml"), True),
        ("../../etc/passwd", "passwd", ("..", "..", "etc", "passwd"), True),
        ("https://example.org/x/p1.jp2?size=full#1", "p1", ("x", "p1.jp2"), False),
        ("file:///data/p1.tif", "p1", ("data", "p1.tif"), False),
        ("/data/p1.tif", "p1", ("data", "p1.tif"), False),
        (r"images\p1.tif", "p1", ("images", "p1.tif"), True),
        ("http://[broken", "", (), False),
    ],
)
def test_addresses_of_every_kind_have_a_name(href: str, name: str, place: tuple[str, ...], relative: bool):
    file = MetsFile(href)
    assert (file.name, file.place, file.relative) == (name, place, relative)


def test_a_file_too_large_for_a_tree_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.mets.MAX_METS_BYTES", 100)
    with pytest.raises(Unreadable) as caught:
        read_mets(two_pages(), "m.xml")
    assert caught.value.trap == "file-too-large"


@pytest.mark.parametrize("inner", ["", "<m:div/>", "<m:div><m:fptr/></m:div>", page(["x"])])
def test_maps_that_name_nothing_give_no_pages(inner: str):
    found = read_mets(mets("", f"<m:structMap>{inner}</m:structMap>"), "m.xml")
    assert (found.pages, found.sections, found.ordered_by) == ((), (), "files")


@pytest.mark.parametrize(
    ("label", "part", "title", "told"),
    [
        (" The  Issue ", "Part", "Title", "The Issue"),
        ("", "Part", "Title", "Part"),
        ("", "", "A title", "A title"),
        ("", "", "", ""),
    ],
)
def test_the_object_is_called_by_mets_by_its_outermost_part_or_by_its_description(
    label: str, part: str, title: str, told: str
):
    more = (
        f'<m:dmdSec ID="D0"><title>No</title></m:dmdSec><m:dmdSec ID="D"><titleInfo><title>{title}</title></titleInfo>'
    )
    data = mets("", logical(f'<m:div LABEL="{part}" DMDID="D"/>'), label=label, more=f"{more}</m:dmdSec>")
    assert read_mets(data, "m.xml").label == told
