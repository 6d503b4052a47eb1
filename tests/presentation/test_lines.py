from services.presentation.lines import TextLine, annotation_list, annotation_page
from tests.presentation.books import canvas

PAGE = "https://h/presentation/3/gazette/canvas/1/text"


def page(*lines: TextLine):
    return annotation_page(PAGE, canvas(1), "https://h/c/1", lines)


def test_lines_are_supplementing_and_of_line_granularity():
    found = page(TextLine("harbour wall", (1, 2, 3, 4), "en"))
    assert found["@context"] == [
        "http://iiif.io/api/extension/text-granularity/context.json",
        "http://iiif.io/api/presentation/3/context.json",
    ]
    assert (found["id"], found["type"]) == (PAGE, "AnnotationPage")
    line = found["items"][0]
    assert (line["motivation"], line["textGranularity"]) == ("supplementing", "line")
    assert line["body"] == {"type": "TextualBody", "value": "harbour wall", "format": "text/plain", "language": "en"}


def test_every_line_has_an_id_that_leads_to_its_page():
    ids = [item["id"] for item in page(TextLine("a"), TextLine("a"), TextLine("b"))["items"]]
    assert len(set(ids)) == 3
    assert all(each.partition("#")[0] == PAGE for each in ids)


def test_a_line_of_unknown_language_states_none():
    assert "language" not in page(TextLine("a"))["items"][0]["body"]
    listed = annotation_list(PAGE, canvas(1), "https://h/c/1", [TextLine("a")])
    assert "language" not in listed["resources"][0]["resource"]


def test_text_goes_out_as_it_was_printed():
    odd = 'ſo <b>&amp;</b> "ἀρχή" שלום'
    assert page(TextLine(odd))["items"][0]["body"]["value"] == odd


def test_a_page_without_lines_is_an_empty_page():
    assert page()["items"] == []


def test_version_2_lists_paint_text_on_the_canvas():
    found = annotation_list("https://h/l", canvas(1), "https://h/c/1", [TextLine("wall", (1, 2, 3, 4), "en")])
    assert found["@type"] == "sc:AnnotationList"
    line = found["resources"][0]
    assert (line["@type"], line["motivation"]) == ("oa:Annotation", "sc:painting")
    assert line["resource"] == {
        "@type": "cnt:ContentAsText",
        "chars": "wall",
        "format": "text/plain",
        "language": "en",
    }


def test_a_caption_is_of_a_stretch_of_time():
    assert page(TextLine("wall", time=(1, 4.5)))["items"][0]["target"].endswith("#t=1,4.5")
    assert page(TextLine("wall", (1, 2, 3, 4), time=(1, 4.5)))["items"][0]["target"].endswith("#xywh=1,2,3,4")
