"""Each text of a policy is told in the reader's language if there is one, and knows which language it is in."""

import pytest

from auth.policy import Policy, Texts
from auth.told import told, told_text

POLICY = Policy(
    "letters",
    texts=Texts(label="Letters", header="The letters", language="en"),
    translations=(Texts(label="Briefe", language="de"), Texts(label="Lettres", header="Les lettres", language="fr-CH")),
)


@pytest.mark.parametrize(
    ("key", "language", "text", "there"),
    [
        ("label", "en", "Letters", "en"),
        ("label", "de", "Briefe", "de"),
        ("label", "de-AT", "Briefe", "de"),
        ("header", "de", "The letters", "en"),
        ("header", "fr", "Les lettres", "fr-CH"),
        ("label", "tlh", "Letters", "en"),
        ("description", "de", "", "de"),
    ],
)
def test_a_text_in_the_nearest_language(key: str, language: str, text: str, there: str):
    found = told_text(POLICY, key, language)
    assert (found, found.language) == (text, there)


def test_all_texts_of_a_policy():
    assert told(POLICY, "de")["label"] == "Briefe"
    assert told(POLICY, "de")["header"].language == "en"
