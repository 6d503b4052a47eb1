"""What METS says of pages: their order, files, labels and sizes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ingest import mets as mets_module
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


def mix(width: str, height: str) -> str:
    return f"<m:imageWidth>{width}</m:imageWidth><m:imageHeight>{height}</m:imageHeight>"


def with_sizes(sections: str) -> bytes:
    files = '<m:fileGrp USE="X"><m:file ID="f" ADMID="A"><m:FLocat xlink:href="a.tif"/></m:file></m:fileGrp>'
    return mets(files, physical(page(["f"])), more=sections)


@pytest.mark.parametrize(
    ("width", "size"),
    [("9" * 5000, {}), ("0" * 5000 + "640", {"a": (640, 480)}), ("1000001", {}), ("", {}), ("²", {}), ("-1", {})],
)
def test_a_width_that_no_picture_has_is_no_size(width: str, size: dict[str, tuple[int, int]]):
    found = read_mets(with_sizes(f'<m:amdSec ID="A">{mix(width, "480")}</m:amdSec>'), "m.xml")
    assert (found.sizes, found.order) == (size, ("a",))


def test_the_first_size_in_a_section_counts_whether_it_is_its_own_or_of_a_section_inside():
    inner = f'<m:techMD ID="T">{mix("10", "20")}</m:techMD>'
    assert read_mets(with_sizes(f'<m:amdSec ID="A">{inner}{mix("1", "2")}</m:amdSec>'), "m.xml").sizes["a"] == (10, 20)
    assert read_mets(with_sizes(f'<m:amdSec ID="A">{mix("1", "2")}{inner}</m:amdSec>'), "m.xml").sizes["a"] == (1, 2)


def test_what_a_reader_did_not_foresee_costs_this_file_and_asks_for_a_report(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> None:
        raise ValueError("unforeseen")

    monkeypatch.setattr("ingest.mets._sizes", broken)
    with pytest.raises(Unreadable) as caught:
        read_mets(two_pages(), "m.xml")
    assert caught.value.trap == "reader-fault"
    assert "ValueError: unforeseen" in caught.value.detail


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often an element's name or attributes are asked for."""
    counts: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            counts[name] += 1
            return function(*given)

        return counted

    for name in ("local_name", "attributes"):
        for module in ("ingest.mets", "ingest.mets_structure"):
            monkeypatch.setattr(f"{module}.{name}", counting(name, getattr(mets_module, name)))
    return counts


def nested(name: str, depth: int, inside: str) -> str:
    return "".join(f'<m:{name} ID="{name}{n}" USE="U{n}">' for n in range(depth)) + inside + f"</m:{name}>" * depth


DEPTH, MANY = 200, 500


@pytest.mark.parametrize(
    "data",
    [
        with_sizes(nested("amdSec", DEPTH, "<m:x/>" * MANY)),
        with_sizes(nested("dmdSec", DEPTH, '<m:detail type="page"/>' * MANY)),
        with_sizes(nested("detail", DEPTH, '<m:detail type="page"/>' * MANY)),
        mets(nested("fileGrp", DEPTH, '<m:file ID="f"><m:FLocat xlink:href="a.tif"/></m:file>' * MANY)),
        mets(group("X", "image/tiff", f="a.tif"), nested("structMap", DEPTH, page(["f"] * MANY))),
        mets(
            group("X", "image/tiff", f="a.tif"),
            f"<m:structMap>{'<m:div><m:fptr>' * (DEPTH // 2)}{'<m:area/>' * MANY}{'</m:fptr></m:div>' * (DEPTH // 2)}"
            "</m:structMap>",
        ),
    ],
    ids=["sections", "descriptions", "details", "groups", "maps", "pointers"],
)
def test_an_element_in_many_others_is_not_looked_at_once_for_each(data: bytes, looked_at: Counter[str]):
    read_mets(data, "m.xml")
    assert max(looked_at.values()) < 20 * (DEPTH + MANY)


def test_many_maps_are_told_apart_by_their_type():
    maps = '<m:structMap TYPE="LOGICAL"/><m:structMap TYPE="other"/>' * 20_000
    found = read_mets(mets(group("X", "image/tiff", f="a.tif"), maps, physical(page(["f"]))), "m.xml")
    assert (found.order, found.ordered_by) == (("a",), "document")


def test_the_use_of_all_groups_around_a_file_is_known_up_to_a_length():
    inside = '<m:file ID="f" USE="Own" MIMETYPE="image/tiff"><m:FLocat xlink:href="a.tif"/></m:file>'
    used = read_mets(mets(nested("fileGrp", 2, inside)), "m.xml").pages[0].files[0].use
    assert used == "own image/tiff u1 u0"
    assert len(read_mets(mets(nested("fileGrp", 240, inside)), "m.xml").pages[0].files[0].use) <= 500
