import pytest

from search.motivations import TEXT, kept, plain, shown, wanted

_MODELS = [
    "assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying",
    "linking", "moderating", "questioning", "replying", "tagging",
]  # fmt: skip


@pytest.mark.parametrize("name", _MODELS)
def test_every_motivation_of_the_models_has_one_name_however_it_is_written(name):
    for written in (name, f"oa:{name}", f"http://www.w3.org/ns/oa#{name}", f"https://www.w3.org/ns/oa#{name}"):
        assert plain(written) == kept(written) == wanted(written, 1) == wanted(written, 2) == name


def test_names_of_iiif_are_known_by_prefix_and_uri_and_case():
    assert plain("sc:painting") == plain("http://iiif.io/api/presentation/2#painting") == "painting"
    assert plain("http://iiif.io/api/presentation/3#contentState") == plain("contentstate") == "contentState"


def test_names_of_others_stay_as_they_are():
    assert plain("ex:marvelling") == "ex:marvelling"
    assert plain("https://m.example/#Marvelling") == "https://m.example/#Marvelling"
    assert kept("translating") == kept("oa:translating") == "translating"


def test_what_is_painted_and_has_a_text_is_kept_as_a_transcription():
    assert kept("sc:painting") == kept("supplementing") == TEXT


def test_text_is_asked_for_by_another_name_in_each_version():
    assert (wanted("painting", 1), wanted("supplementing", 1)) == (TEXT, "")
    assert (wanted("painting", 2), wanted("supplementing", 2)) == ("", TEXT)
    assert wanted("sc:painting", 0) == TEXT


def test_answers_give_the_names_of_their_version():
    assert [shown(name, 1) for name in (TEXT, "commenting", "ex:other")] == ["sc:painting", "oa:commenting", "ex:other"]
    assert [shown(name, 2) for name in (TEXT, "commenting", "ex:other")] == [TEXT, "commenting", "ex:other"]
