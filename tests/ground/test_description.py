import pytest

from lectern.description import (
    Description,
    Pair,
    best_language,
    first_text,
    language_map,
    read_description,
    text_for,
)
from lectern.richtext import cleaned, is_html, not_html, require_allowed
from tests.presentation.said import EVERYTHING


def test_a_description_comes_back_as_it_was_kept():
    assert read_description(EVERYTHING.text()) == EVERYTHING
    assert read_description(EVERYTHING.text()).text() == EVERYTHING.text()


def test_nothing_said_is_an_empty_text():
    assert Description().text() == ""
    assert not Description()
    assert read_description("") == Description()


def test_one_description_over_another_says_what_the_other_says_where_it_is_silent():
    upper = Description(label={"en": ("Upper",)}, nav_date="1900-01-01T00:00:00Z")
    found = upper.over(EVERYTHING)
    assert (found.label, found.nav_date) == (upper.label, upper.nav_date)
    assert (found.metadata, found.start) == (EVERYTHING.metadata, EVERYTHING.start)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("A", {"none": ("A",)}),
        (["A", "B"], {"none": ("A", "B")}),
        ({"en": "A", "de-AT": ["B", "C"], "none": "D"}, {"en": ("A",), "de-AT": ("B", "C"), "none": ("D",)}),
    ],
)
def test_texts_may_be_written_in_one_language_or_in_several(value: object, found: object):
    assert language_map(value) == found


@pytest.mark.parametrize("value", [3, "", " ", [], [3], {"en": ""}, {"not a tag": "A"}, {"en": {"x": "y"}}, "a\x00b"])
def test_other_things_are_no_texts(value: object):
    with pytest.raises(ValueError, match=r"."):
        language_map(value)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [(["en-GB", "de"], "One"), (["de-AT"], "Eins"), (["DE"], "Eins"), (["fr"], "One"), ([], "One"), (["*"], "One")],
)
def test_a_reader_is_shown_his_language_else_english(wanted: list[str], text: str):
    assert text_for({"de": ("Eins", "Zwei"), "en": ("One",)}, wanted) == text


def test_where_a_reader_has_none_of_the_languages_the_first_stands():
    assert text_for({"la": ("Unus",), "none": ("1",)}, ["fr"]) == "Unus"
    assert text_for({}, ["fr"]) == best_language({}, ["fr"]) == ""


def test_the_first_text_stands_for_all():
    assert first_text({"de": ("Eins", "Zwei"), "en": ("One",)}) == "Eins"
    assert first_text({}) == ""


@pytest.mark.parametrize(
    "text",
    ["<p>one</p>", '<a href="https://a.example/">a</a>', "<span>a<br/>b</span>", '<img src="http://a.example/b.png"/>'],
)
def test_pr3_07_html_that_iiif_allows_is_allowed(text: str):
    require_allowed(text)
    assert cleaned(text).removeprefix("<span>").removesuffix("</span>") in {text, text[6:-7]}


@pytest.mark.parametrize(
    "text",
    [
        "<p>one<br>",
        "<Untitled>",
        "<script>alert(1)</script>",
        "<p onclick='x'>one</p>",
        "<a href='javascript:alert(1)'>one</a>",
        "<img src='data:image/png;base64,AA'/>",
        "<p><!-- a --></p>",
        "<?x y?>",
        "<p>&unknown;</p>",
        "</div><div>",
    ],
)
def test_pr3_07_other_html_is_refused_with_what_to_do(text: str):
    assert is_html(text)
    with pytest.raises(ValueError, match=r"close every tag|allows|take it out|whole address"):
        require_allowed(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<span>a <a>b</a><br>c</span>", "<span>a <a>b</a><br/>c</span>"),
        ("A<br/>B <a target='_top' href='https://c.example/?a=1&b=2'>C</a>",
         '<span>A<br/>B <a href="https://c.example/?a=1&amp;b=2">C</a></span>'),
        ("<p onclick='x'>a</p>", "<p>a</p>"),
        ("<p>a</p><p>b</p>", "<span><p>a</p><p>b</p></span>"),
        ("<a href=' javascript:x'>a</a>", "<a>a</a>"),
        ("<div><h1>A</h1> &amp; &lt;b&gt;</div>", "<span>A &amp; &lt;b&gt;</span>"),
        ("<img src=x onerror=alert(1) alt='A'>", "<span>A</span>"),
        ("<script>a</script>", ""),
        ("<style>a</style><p>b</p>", "<p>b</p>"),
    ],
)  # fmt: skip
def test_pr3_07_what_others_wrote_is_brought_to_what_iiif_allows(text: str, found: str):
    assert cleaned(text) == found
    if found:
        require_allowed(found)


def test_plain_text_that_looks_like_html_gets_a_blank_at_its_end():
    assert (not_html("<Untitled>"), not_html("a < b")) == ("<Untitled> ", "a < b")


def test_pairs_keep_their_order_in_every_language():
    pairs = (Pair({"en": ("A",)}, {"none": ("1", "2")}), Pair({"en": ("A",)}, {"none": ("3",)}))
    assert read_description(Description(metadata=pairs).text()).metadata == pairs
