"""What Lectern says to readers is there in every language, with the same gaps to fill in; operators may change it."""

from pathlib import Path

import pytest

from auth.wording import ENGLISH, built_in, choose_language, gaps, load_words
from lectern.errors import ConfigurationError

WORDS = built_in()
KEYS = sorted(WORDS._sentences[ENGLISH])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "words"
    folder.mkdir()
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_words(folder)
    return list(caught.value.problems)


def test_english_comes_first_and_german_and_french_are_there():
    assert WORDS.languages[0] == "en"
    assert {"de", "fr"} <= set(WORDS.languages)


@pytest.mark.parametrize("language", WORDS.languages)
def test_every_language_says_everything_with_the_same_gaps(language):
    assert WORDS.missing(language) == ()
    assert {key: gaps(WORDS.text(language, key)) for key in KEYS} == {key: gaps(WORDS.text("en", key)) for key in KEYS}


def test_an_unknown_language_is_answered_in_english():
    assert WORDS.say("tlh", "pages.close") == WORDS.say("en", "pages.close")


def test_a_language_map_has_every_language():
    assert set(WORDS.in_all_languages("pages.close")) == set(WORDS.languages)


def test_without_a_folder_the_words_are_the_built_in_ones(tmp_path: Path):
    assert load_words(tmp_path / "words") is WORDS


def test_an_operator_adds_a_language_and_what_it_lacks_is_said_in_english(folder: Path):
    (folder / "it.toml").write_text('language = "Italiano"\n[pages]\nclose = "Chiudi questa finestra"\n')
    words = load_words(folder)
    assert words.languages[0] == ENGLISH
    assert words.name("it") == "Italiano"
    assert words.say("it", "pages.close") == "Chiudi questa finestra"
    assert words.say("it", "pages.let_in") == words.say("en", "pages.let_in")
    assert "pages.let_in" in words.missing("it")
    assert "it" not in words.in_all_languages("pages.let_in")


def test_an_operator_changes_a_sentence_and_keeps_the_rest(folder: Path):
    (folder / "en.toml").write_text('[access]\nsigned_in = "Welcome"\n')
    words = load_words(folder)
    assert words.say("en", "access.signed_in") == "Welcome"
    assert words.say("en", "pages.close") == WORDS.say("en", "pages.close")
    assert words.name("en") == "English"
    assert WORDS.say("en", "access.signed_in") != "Welcome"


def test_every_error_of_every_file_is_told_at_once(folder: Path):
    (folder / "it.toml").write_text('[pages]\nclosing = "Chiudi"\n[access]\nasked = "{viewer} chiede"\nthanks = " "\n')
    (folder / "nl.toml").write_text("[pages\n")
    (folder / "Deutsch words.toml").write_text("")
    (folder / "es.toml").write_text('[access]\nsigned_in_as = "Usted es {user.__class__}"\nthanks = "{"\n')
    found = problems(folder)
    for words in (
        "words/it.toml: pages.closing is unknown",
        "words/it.toml: access.asked has the gaps {viewer}, and must have {institution}, {viewer}",
        "words/it.toml: access.thanks is empty",
        "words/nl.toml: cannot be read as TOML",
        "words/Deutsch words.toml: the name is no language tag",
        "words/es.toml: access.signed_in_as has the gaps {user.__class__}",
        "words/es.toml: access.thanks: ",
    ):
        assert any(problem.startswith(words) for problem in found), (words, found)
    assert len(found) == 7


def test_a_gap_is_a_name_and_nothing_more(folder: Path):
    (folder / "en.toml").write_text('[access]\nsigned_in_as = "{user!r:>99999999}"\n')
    assert problems(folder) == ["words/en.toml: access.signed_in_as: a gap is a name and nothing more, like {user}"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ([("de-AT", 1), ("en", 0.5)], "de"),
        ([("de-Latn-AT", 1), ("en", 0.5)], "de"),
        ([("PT-pt", 1), ("pt-br", 0.9)], "pt-BR"),
        ([("pt", 1)], "pt-BR"),
        ([("tlh", 1), ("fr-CA", 0.1)], "fr"),
        ([("de", 0), ("*", 1)], "en"),
        ([("en", 0), ("tlh", 1)], "de"),
        ([("tlh", 1)], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_a_reader_wants_and_there_is(wanted, chosen):
    assert choose_language(wanted, ("en", "de", "fr", "pt-BR"), "en") == chosen
