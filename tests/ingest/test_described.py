"""What sources say of an object: object.json strictly, METS and manifests generously; and when it is published."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.dates import nav_date, nav_date_or_none
from ingest.description import Said, doubts_of, read_description
from ingest.manifest import read_manifest
from ingest.mets import read_mets
from ingest.pipeline import Wishes, ingest_object
from lectern import description
from lectern.catalogue import Catalogue
from lectern.description import Description, Pair, WebPage, language_map
from lectern.errors import InputError
from lectern.home import Home
from lectern.richtext import is_html, require_allowed
from tests.ingest.metses import logical, mets, page, physical

RICH = {
    "label": {"en": "The Gazette", "de": "Die Zeitung"},
    "summary": {"en": "A <weekly>", "de": "<p>Eine <b>Wochenzeitung</b></p>"},
    "metadata": [{"label": {"en": "Publisher"}, "value": ["A", "B"]}],
    "required_statement": {"label": "Attribution", "value": {"en": "The library"}},
    "provider": {
        "id": "https://a.example/",
        "label": "A",
        "homepage": "https://a.example/home",
        "logo": {"id": "https://a.example/logo.png", "format": "image/png", "width": 20, "height": 10},
    },
    "homepage": [{"id": "https://a.example/7", "label": {"en": "Item"}, "language": "en"}, "https://b.example/7"],
    "nav_date": "1871-03-04",
    "behavior": "paged",
    "start": 2,
}


def wrote(folder: Path, found: object) -> Path:
    path = folder / "object.json"
    path.write_text(json.dumps(found))
    return path


def kept(catalogue: Catalogue, object_id: str = "book") -> Description:
    return description.read_description(catalogue.description(object_id))


def test_object_json_says_everything(tmp_path: Path):
    said = read_description(wrote(tmp_path, RICH))
    assert (said.label, said.summary) == ("The Gazette", "A <weekly>")
    more = said.more
    assert more.label == {"en": ("The Gazette",), "de": ("Die Zeitung",)}
    assert more.metadata == (Pair({"en": ("Publisher",)}, {"none": ("A", "B")}),)
    assert more.required_statement == Pair({"none": ("Attribution",)}, {"en": ("The library",)})
    assert (more.nav_date, more.behavior, more.start) == ("1871-03-04T00:00:00Z", ("paged",), 2)
    assert more.homepages[1] == WebPage("https://b.example/7", {"none": ("https://b.example/7",)})
    assert (more.providers[0].logos[0].width, more.providers[0].homepages[0].id) == (20, "https://a.example/home")


def test_metadata_may_be_an_object_and_a_statement_its_value_alone(tmp_path: Path):
    more = read_description(wrote(tmp_path, {"metadata": {"A": "1", "B": {"en": "2"}}, "requiredStatement": "C"})).more
    assert [pair.value for pair in more.metadata] == [{"none": ("1",)}, {"en": ("2",)}]
    assert more.required_statement == Pair({"en": ("Rights",)}, {"none": ("C",)})


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"label": "<b>A</b>"}, '"label" begins with <'),
        ({"label": {"english": "A", "e n": "B"}}, "no language tag"),
        ({"summary": "<p>A"}, None),
        ({"summary": "<p>A<br></p>"}, "close every tag"),
        ({"summary": {"en": "<script>A</script>"}}, "IIIF allows"),
        ({"metadata": [{"label": "A", "value": "<a href='javascript:x'>B</a>"}]}, "whole address"),
        ({"metadata": [{"label": "<i>A</i>", "value": "B"}]}, "metadata.label"),
        ({"metadata": [{"label": "A"}]}, "no label or no value"),
        ({"metadata": "A"}, '"metadata" is no list'),
        ({"required_statement": {"label": "A", "value": 3}}, "required_statement.value"),
        ({"provider": "A"}, "no id or no label"),
        ({"provider": {"id": "urn:a", "label": "A"}}, "provider.id"),
        ({"provider": {"id": "https://a.example/", "label": "A", "logo": "logo.png"}}, "provider.logo.id"),
        ({"homepage": "www.a.example"}, "homepage.id"),
        ({"homepage": [3]}, "is no address"),
        ({"nav_date": "yesterday"}, "is no date"),
        ({"nav_date": "1871-02-30"}, "nav_date"),
        ({"behavior": "facing-pages"}, "is unknown"),
        ({"behavior": ["paged", "individuals"]}, "take one of them"),
        ({"labell": "Odes"}, 'perhaps "label"'),
        ({"viewingDirection": "right-to-left"}, 'perhaps "viewing_direction"'),
        ({"pages": [{"lable": "1"}]}, '"pages.lable" is an unknown key (perhaps "label")'),
        ({"start": 0}, "start"),
        ({"start": "2"}, "start"),
        ({"summary": "x" * 300_000}, "shorter"),
    ],
)
def test_pr3_07_what_object_json_may_not_say_is_refused_by_its_key(tmp_path: Path, found: Any, why: str | None):
    path = wrote(tmp_path, found)
    if why is None:
        assert read_description(path).summary
        return
    with pytest.raises(InputError) as caught:
        read_description(path)
    assert why in caught.value.detail
    assert "docs/descriptions.md" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1871", "1871-01-01T00:00:00Z"),
        ("1871-03", "1871-03-01T00:00:00Z"),
        ("18710304", "1871-03-04T00:00:00Z"),
        ("04.03.1871", "1871-03-04T00:00:00Z"),
        ("1871-03-04T12:00:00+02:00", "1871-03-04T10:00:00Z"),
        ("1871-03-04T12:00", "1871-03-04T12:00:00Z"),
        ("[1871]", ""),
        ("1871-13-01", ""),
        ("0000", ""),
        ("0001-01-01T00:00:00+02:00", ""),
    ],
)
def test_dates_are_instants_in_utc(text: str, instant: str):
    assert nav_date_or_none(text) == instant
    if instant:
        assert nav_date(text) == instant


# METS

MODS = """
<m:dmdSec ID="D"><m:mdWrap><m:xmlData><mods xmlns="http://www.loc.gov/mods/v3">
  <titleInfo xml:lang="en"><nonSort>The</nonSort><title>Gazette</title><subTitle>weekly</subTitle></titleInfo>
  <titleInfo xml:lang="ger"><title>Die Zeitung</title></titleInfo>
  <titleInfo type="alternative"><title>Old Gazette</title></titleInfo>
  <name><namePart type="given">Ada</namePart><namePart type="family">Quill</namePart>
    <role><roleTerm type="code">aut</roleTerm></role></name>
  <name><namePart>B. Editor</namePart><role><roleTerm type="text">editor</roleTerm></role></name>
  <originInfo><place><placeTerm type="code">enk</placeTerm><placeTerm type="text">Merle</placeTerm></place>
    <publisher>A. Printer</publisher><dateIssued point="end">1872</dateIssued>
    <dateIssued point="start">1871</dateIssued>
  </originInfo>
  <language><languageTerm type="text">English</languageTerm><languageTerm type="code">eng</languageTerm></language>
  <identifier type="lccn">sn1</identifier><identifier invalid="yes">wrong</identifier><identifier>plain</identifier>
  <accessCondition>Ask us</accessCondition>
  <accessCondition xmlns:x="http://www.w3.org/1999/xlink" x:href="https://creativecommons.org/publicdomain/mark/1.0/"/>
  <abstract xml:lang="en">&lt;Untitled&gt;</abstract>
  <relatedItem type="host"><titleInfo><title>Series</title></titleInfo>
    <part><detail type="volume"><number>5</number></detail></part></relatedItem>
  <relatedItem type="otherVersion"><titleInfo><title>Not this</title></titleInfo></relatedItem>
</mods></m:xmlData></m:mdWrap></m:dmdSec>
"""


def said_by(more: str, structure: str = '<m:div TYPE="monograph" DMDID="D"/>', label: str = "") -> Any:
    return read_mets(mets("", logical(structure), label=label, more=more), "mets.xml").description


def facts(more: Description) -> dict[str, Any]:
    return {pair.label["en"][0]: dict(pair.value) for pair in more.metadata}


def test_mods_says_what_catalogues_know():
    said = said_by(MODS)
    assert said.label == "The Gazette: weekly"
    assert said.more.label == {"en": ("The Gazette: weekly",), "de": ("Die Zeitung",)}
    assert said.more.summary == {"en": ("<Untitled> ",)}
    assert said.rights == "https://creativecommons.org/publicdomain/mark/1.0/"
    assert said.languages == ("en",)
    assert facts(said.more) == {
        "Other title": {"none": ("Old Gazette",)},
        "Creator": {"none": ("Quill, Ada",)},
        "Contributor": {"none": ("B. Editor (editor)",)},
        "Publisher": {"none": ("A. Printer",)},
        "Place": {"none": ("Merle",)},
        "Date": {"none": ("1871/1872",)},
        "Volume": {"none": ("5",)},
        "Part of": {"none": ("Series",)},
        "Identifier": {"none": ("lccn: sn1", "plain")},
    }


def test_the_label_of_mets_stays_and_the_title_is_a_fact_beside_it():
    said = said_by(MODS, label="Gazette, no. 5")
    assert (said.label, said.more.label) == ("Gazette, no. 5", {"none": ("Gazette, no. 5",)})
    assert facts(said.more)["Title"]["de"] == ("Die Zeitung",)


def test_dublin_core_says_it_in_its_languages():
    more = """<m:dmdSec ID="D"><m:xmlData xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A</dc:title>
      <dc:creator>B</dc:creator><dc:date>1871-03-04</dc:date><dc:language>fre</dc:language>
      <dc:description xml:lang="fr">Résumé</dc:description><dc:rights>Libre</dc:rights></m:xmlData></m:dmdSec>"""
    said = said_by(more)
    assert (said.label, said.rights, said.languages) == ("A", "Libre", ("fr",))
    assert (said.more.summary, said.more.nav_date) == ({"fr": ("Résumé",)}, "1871-03-04T00:00:00Z")
    assert facts(said.more) == {"Creator": {"none": ("B",)}, "Date": {"none": ("1871-03-04",)}}


def test_volume_and_issue_speak_for_the_whole_a_chapter_does_not():
    def section(key: str, title: str) -> str:
        return f'<m:dmdSec ID="{key}"><mods><titleInfo><title>{title}</title></titleInfo></mods></m:dmdSec>'

    more = section("N", "Paper") + section("I", "Issue") + section("C", "Chapter")
    inner = '<m:div TYPE="chapter" DMDID="C"/>'
    structure = f'<m:div TYPE="Newspaper" DMDID="N"><m:div TYPE="np:issue" DMDID="I">{inner}</m:div></m:div>'
    assert said_by(more, structure).label == "Issue"
    assert said_by(more, f'<m:div TYPE="monograph" DMDID="N">{inner}</m:div>').label == "Paper"
    assert said_by(more, "<m:div/>").label == ""


def test_the_owner_that_german_libraries_name_is_the_provider():
    rights = """<m:amdSec><m:rightsMD><dv:rights xmlns:dv="http://dfg-viewer.de/"><dv:owner>A library</dv:owner>
      <dv:ownerLogo>https://a.example/logo.png</dv:ownerLogo><dv:ownerSiteURL>https://a.example/</dv:ownerSiteURL>
      <dv:license>pdm</dv:license></dv:rights></m:rightsMD><m:digiprovMD><dv:links xmlns:dv="http://dfg-viewer.de/">
      <dv:reference>https://a.example/7</dv:reference></dv:links></m:digiprovMD></m:amdSec>"""
    said = said_by(MODS.replace("accessCondition", "note") + rights)
    (provider,) = said.more.providers
    assert (provider.id, provider.label) == ("https://a.example/", {"none": ("A library",)})
    assert provider.logos[0].id == "https://a.example/logo.png"
    assert said.rights == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert [each.id for each in said.more.homepages] == ["https://a.example/7"]


def test_mets_without_descriptions_says_its_label_alone():
    said = read_mets(mets("", physical(page([])), label="L"), "m.xml").description
    assert (said.label, said.more) == ("L", Description(label={"none": ("L",)}))


@pytest.mark.corpus
def test_newspapers_of_the_corpus_say_date_volume_and_numbers(corpus: Path):
    park = read_mets(corpus / "newspapers" / "park-record-1935-08-02" / "mets.xml", "mets.xml").description
    assert park.more.nav_date == "1935-08-02T00:00:00Z"
    assert {key: value["none"] for key, value in facts(park.more).items()} == {
        "Date": ("1935-08-02",),
        "Edition": ("Main Edition",),
        "Volume": ("56",),
        "Issue": ("27",),
        "Identifier": ("lccn: sn85058233",),
    }
    journal = corpus / "newspapers" / "bnf-journal-1814-04-02" / "18140402_1-METS.xml"
    debats = read_mets(journal, journal.name).description
    assert (debats.languages, debats.more.nav_date) == (("fr",), "1814-04-02T00:00:00Z")
    assert facts(debats.more)["Title"] == {"fr": ("Le Journal des Débats politiques et littéraires",)}
    assert debats.rights == "6 - Snippet view (image server)"


# Manifests made elsewhere


def manifest3(**more: Any) -> dict[str, Any]:
    canvases = [{"id": f"https://m.example/{n}", "type": "Canvas", "width": 10, "height": 10} for n in (1, 2)]
    return {"id": "https://m.example/m", "type": "Manifest", "label": {"en": ["L"]}, "items": canvases} | more


def manifest2(**more: Any) -> dict[str, Any]:
    canvases = [{"@id": f"https://m.example/{n}", "@type": "sc:Canvas"} for n in (1, 2)]
    sequence = {"@type": "sc:Sequence", "canvases": canvases, "startCanvas": "https://m.example/2"}
    return {"@id": "https://m.example/m", "@type": "sc:Manifest", "label": "L", "sequences": [sequence]} | more


def test_a_manifest_of_version_3_is_taken_over():
    provider = {
        "id": "https://a.example/",
        "type": "Agent",
        "label": {"en": ["A"]},
        "logo": [{"id": "https://a.example/l"}],
    }
    found = read_manifest(
        manifest3(
            metadata=[{"label": {"en": ["A"]}, "value": {"de": ["<a target='_top' href='https://b.example'>B</a>"]}}],
            requiredStatement={"label": {"en": ["C"]}, "value": {"en": ["D"]}},
            provider=[provider],
            homepage=[{"id": "https://a.example/7", "type": "Text", "label": {"en": ["E"]}, "format": "text/html"}],
            navDate="1871-03-04T00:00:00Z",
            behavior=["paged", "individuals", "odd"],
            start={"type": "SpecificResource", "source": "https://m.example/2", "selector": {"type": "PointSelector"}},
        )
    ).description
    assert found.metadata == (Pair({"en": ("A",)}, {"de": ('<a href="https://b.example">B</a>',)}),)
    assert found.required_statement == Pair({"en": ("C",)}, {"en": ("D",)})
    assert (found.providers[0].id, found.providers[0].logos[0].id) == ("https://a.example/", "https://a.example/l")
    assert found.homepages == (WebPage("https://a.example/7", {"en": ("E",)}),)
    assert (found.nav_date, found.behavior, found.start) == ("1871-03-04T00:00:00Z", ("paged",), 2)


def test_a_manifest_of_version_2_is_taken_over_in_meaning():
    service = {"@context": "http://iiif.io/api/image/2/context.json", "@id": "https://i.example/l", "profile": "p"}
    found = read_manifest(
        manifest2(
            description=[{"@value": "A", "@language": "cy-GB"}, "B"],
            attribution="Library<br/>of <b>A</b>",
            logo={"@id": "https://i.example/l.jpg", "service": service},
            related=["https://a.example/7", {"@id": "https://a.example/v.mp4", "format": "video/mp4"}],
            viewingHint="individuals",
            license=['<a href="https://creativecommons.org/publicdomain/mark/1.0/">x</a>'],
        )
    )
    said = found.description
    assert said.summary == {"cy-GB": ("A",), "none": ("B",)}
    assert said.required_statement == Pair(
        {"en": ("Attribution",)}, {"none": ("<span>Library<br/>of <b>A</b></span>",)}
    )
    (provider,) = said.providers
    assert (provider.id, provider.label) == ("https://m.example/", {"none": ("Library of A",)})
    assert provider.logos[0].service == description.ImageService("https://i.example/l", "ImageService2", "p")
    assert [each.id for each in said.homepages] == ["https://a.example/7"]
    assert (said.behavior, said.start) == (("individuals",), 2)
    assert found.rights == "https://creativecommons.org/publicdomain/mark/1.0/"


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": 3, "provider": ["x", 3], "homepage": {"id": 3}, "navDate": 3, "behavior": 3, "start": 3},
        {"metadata": [3, {"label": 3}], "provider": {"id": "urn:x"}, "homepage": [{"id": "javascript:x"}], "start": []},
        {"requiredStatement": {"label": {"en": []}}, "summary": {"en": [3]}, "behavior": ["odd"], "navDate": "soon"},
    ],
)
def test_what_has_the_wrong_form_is_passed_over(more: dict[str, Any]):
    assert read_manifest(manifest3(**more)).description == Description(label={"en": ("L",)})


def test_a_manifest_that_says_too_much_is_cut():
    many = [{"label": {"en": ["A"]}, "value": {"en": ["x" * 40_000]}}] * 400
    found = read_manifest(manifest3(metadata=many)).description
    assert 0 < len(found.text()) <= 256 * 1024


@pytest.mark.corpus
def test_pr3_07_every_manifest_of_the_corpus_is_told_with_html_that_is_allowed(corpus: Path):
    seen = 0
    for path in sorted((corpus / "iiif").glob("presentation-*/**/*.json")):
        try:
            found = read_manifest(json.loads(path.read_text())).description
        except InputError:
            continue
        seen += 1
        assert description.read_description(found.text()) == found, path
        for pair in (*found.metadata, *((found.required_statement,) if found.required_statement else ())):
            assert not any(map(is_html, description.texts_of(pair.label))), path
            for text in filter(is_html, description.texts_of(pair.value)):
                require_allowed(text)
            for each in (pair.label, pair.value):
                assert language_map({key: list(texts) for key, texts in each.items()}) == each
    assert seen > 25


# From source to shelf


def test_the_description_is_published_and_a_change_of_it_alone_too(home: Home, catalogue: Catalogue, book: Path):
    wrote(book, RICH)
    first = ingest_object(home, catalogue, book, Wishes())
    assert kept(catalogue).label == {"en": ("The Gazette",), "de": ("Die Zeitung",)}
    assert kept(catalogue).start == 2
    assert ingest_object(home, catalogue, book, Wishes()).unchanged
    wrote(book, RICH | {"metadata": {"Publisher": "C"}})
    second = ingest_object(home, catalogue, book, Wishes())
    assert (second.unchanged, second.read, second.row.generation) == (False, 0, first.row.generation)
    assert second.row.modified > first.row.modified
    assert kept(catalogue).metadata == (Pair({"none": ("Publisher",)}, {"none": ("C",)}),)


def test_what_no_source_says_any_more_goes_and_without_any_source_all_stays(
    home: Home, catalogue: Catalogue, book: Path
):
    wrote(book, RICH)
    ingest_object(home, catalogue, book, Wishes())
    wrote(book, {"label": {"en": "The Gazette", "fr": "La Gazette"}})
    ingest_object(home, catalogue, book, Wishes())
    assert kept(catalogue).label == {"en": ("The Gazette",), "fr": ("La Gazette",)}
    assert not kept(catalogue).metadata
    assert catalogue.get("book").summary == "A <weekly>"
    (book / "object.json").unlink()
    before = catalogue.description("book")
    ingest_object(home, catalogue, book, Wishes())
    assert catalogue.description("book") == before


def test_a_label_that_was_asked_for_is_the_only_one(home: Home, catalogue: Catalogue, book: Path):
    wrote(book, RICH)
    row = ingest_object(home, catalogue, book, Wishes(label="Mine")).row
    assert row.label == "Mine"
    assert kept(catalogue).label == {}
    assert kept(catalogue).summary["de"] == ("<p>Eine <b>Wochenzeitung</b></p>",)


def test_object_json_goes_before_a_manifest_property_by_property(home: Home, catalogue: Catalogue, book: Path):
    wrote(book, {"metadata": {"A": "ours"}})
    given = manifest3(metadata=[{"label": {"en": ["A"]}, "value": {"en": ["theirs"]}}], navDate="1871-03-04T00:00:00Z")
    given["label"] = {"en": ["L"], "de": ["M"]}
    given["items"].append({"id": "https://m.example/3", "type": "Canvas", "width": 10, "height": 10})
    ingest_object(home, catalogue, book, Wishes(manifest=read_manifest(given)))
    said = kept(catalogue)
    assert said.metadata == (Pair({"none": ("A",)}, {"none": ("ours",)}),)
    assert (said.nav_date, said.label) == ("1871-03-04T00:00:00Z", {"en": ("L",), "de": ("M",)})


def test_an_object_that_says_nothing_beyond_its_row_keeps_nothing(home: Home, catalogue: Catalogue, book: Path):
    wrote(book, {"label": "Plain", "summary": "Short"})
    ingest_object(home, catalogue, book, Wishes())
    assert catalogue.description("book") == ""


def test_what_is_said_of_pages_that_are_not_there_is_a_warning():
    said = Said(page_labels=("1", "2", "3", "4"), more=Description(start=9))
    assert [entry.trap for entry in doubts_of(said, 3)] == ["start-of-no-page", "pages-of-no-file"]
    assert doubts_of(said, 9) == []


def test_it_is_in_the_ledger_of_the_object(home: Home, catalogue: Catalogue, book: Path):
    wrote(book, {"label": "Odes", "start": 9})
    result = ingest_object(home, catalogue, book, Wishes())
    assert "start-of-no-page" in [entry.trap for entry in result.entries]
