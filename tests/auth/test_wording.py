"""What Lectern says to readers is there in every language, with the same gaps to fill in."""

import re

import pytest

from auth.wording import _sentences, in_all_languages, languages, say


def test_english_comes_first_and_german_and_french_are_there():
    assert languages()[0] == "en"
    assert {"de", "fr"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_every_language_says_everything_with_the_same_gaps(language):
    def gaps(tag: str) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in _sentences(tag).items()}

    assert gaps(language) == gaps("en")


def test_an_unknown_language_is_answered_in_english():
    assert say("tlh", "pages.close") == say("en", "pages.close")


def test_a_language_map_has_every_language():
    assert set(in_all_languages("pages.close")) == set(languages())
