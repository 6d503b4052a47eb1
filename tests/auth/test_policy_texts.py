"""What people read of a policy, language by language: the operator's own words, else Lectern's."""

from pathlib import Path

import pytest

from auth.policies import load_policies
from auth.policy import OPEN, Policy, closed_policy
from auth.policy_texts import TEXT_KEYS, Ours, language_map, texts_for, tongues
from auth.wording import built_in, load_words
from lectern.errors import ConfigurationError
from tests.policies import policies_of

MEMBERS = """
[policies.p]
patterns = ["login"]
label = "Members only"

[policies.p.texts.de]
label = "Nur für Mitglieder"
description = "Bitte melden Sie sich mit Ihrer Mitgliedsnummer an."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policies.toml"


def load(file: Path, text: str) -> Policy:
    file.write_text(text, encoding="utf-8")
    return policies_of(file, "Harbour Library").get("p")


def test_what_the_operator_wrote_is_only_in_the_languages_he_wrote_it_in(file: Path):
    policy = load(file, MEMBERS)
    assert language_map(policy, "label") == {"en": ["Members only"], "de": ["Nur für Mitglieder"]}
    assert language_map(policy, "description") == {"de": ["Bitte melden Sie sich mit Ihrer Mitgliedsnummer an."]}


def test_what_he_wrote_nowhere_is_in_every_language_of_ours(file: Path):
    found = language_map(load(file, MEMBERS), "logout_label")
    assert set(found) == set(built_in().languages)
    assert found["en"] == ["Sign out of Harbour Library"]
    assert found["de"] == ["Abmelden bei Harbour Library"]
    assert all("Harbour Library" in text for [text] in found.values())


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
@pytest.mark.parametrize("language", ["en", "de", "en-GB", "it"])
def test_the_texts_of_a_policy_are_complete_whatever_is_written(file: Path, pattern: str, language: str):
    policy = load(
        file,
        f'[policies.p]\npatterns = ["{pattern}"]\nlanguage = "{language}"\n[policies.p.texts.fr]\nheader = "Oui"\n',
    )
    assert policy.texts.language == language
    for tag in (language, "en", "de", "fr", "ja"):
        texts = texts_for(policy, tag)
        assert all(getattr(texts, key) for key in TEXT_KEYS)
        assert texts.header == "Oui"
    assert language_map(policy, "header") == {"fr": ["Oui"]}


def test_a_policy_in_a_language_that_lectern_has_not_borrows_and_does_not_call_it_its_own(file: Path):
    policy = load(file, '[policies.p]\npatterns = ["login"]\nlanguage = "it"\nlabel = "Soci"\n')
    assert (policy.texts.label, policy.texts.confirm_label) == ("Soci", "Sign in")
    assert language_map(policy, "label") == {"it": ["Soci"]}
    assert set(language_map(policy, "confirm_label")) == set(built_in().languages)


@pytest.mark.parametrize(
    ("asked", "label", "language"),
    [
        ("en", "Members only", "en"),
        ("de", "Nur für Mitglieder", "de"),
        ("de-AT", "Nur für Mitglieder", "de"),
        ("DE", "Nur für Mitglieder", "de"),
        ("fr", "Members only", "fr"),
        ("ja", "Members only", "en"),
    ],
)
def test_a_reader_gets_his_language_or_the_policys(file: Path, asked: str, label: str, language: str):
    texts = texts_for(load(file, MEMBERS), asked)
    assert (texts.label, texts.language) == (label, language)


def test_our_own_texts_follow_the_reader_where_the_operator_wrote_none(file: Path):
    texts = texts_for(load(file, MEMBERS), "fr")
    assert texts.logout_label == "Se déconnecter de Harbour Library"
    assert texts.label == "Members only"


def test_each_text_says_which_language_it_is_in(file: Path):
    policy = load(file, MEMBERS)
    asked = {tag: tongues(policy, tag) for tag in ("de", "fr", "ja")}
    assert [asked[tag]["label"] for tag in asked] == ["de", "en", "en"]
    assert [asked[tag]["description"] for tag in asked] == ["de", "de", "de"]
    assert [asked[tag]["header"] for tag in asked] == ["de", "fr", "en"]


def test_a_language_has_one_spelling(file: Path):
    policy = load(
        file, '[policies.p]\npatterns = ["login"]\nlanguage = "DE-at"\n[policies.p.texts.FR]\nlabel = "Membres"\n'
    )
    assert policy.texts.language == "de-AT"
    assert language_map(policy, "label") == {"fr": ["Membres"]}


def test_words_of_the_operators_own_are_built_in_texts_too(file: Path):
    folder = file.parent / "words"
    folder.mkdir()
    (folder / "it.toml").write_text('[policy]\nlogin_label = "Accedi a {institution}"\n')
    (folder / "de.toml").write_text('[policy]\nlogin_label = "Willkommen bei {institution}"\n')
    file.write_text('[policies.p]\npatterns = ["login"]\n')
    policy = policies_of(file, "Harbour Library", words=load_words(folder)).get("p")
    label = language_map(policy, "label")
    assert (label["it"], label["de"]) == (["Accedi a Harbour Library"], ["Willkommen bei Harbour Library"])
    assert "it" not in language_map(policy, "header")
    assert texts_for(policy, "it").header == "Sign in to see this"


def test_a_policy_without_texts_has_empty_language_maps():
    for policy in (OPEN, closed_policy("x")):
        assert [language_map(policy, key) for key in sorted(TEXT_KEYS)] == [{}] * len(TEXT_KEYS)
        assert texts_for(policy, "de") == policy.texts


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ('texts = "x"\n', "texts", "[policies.p.texts.de]"),
        ("[policies.p.texts]\nde = 1\n", "texts.de", "[policies.p.texts.de]"),
        ('[policies.p.texts."d e"]\nlabel = "x"\n', "texts.d e", "de-AT"),
        ('[policies.p.texts.de]\nlable = "x"\n', "texts.de.lable", "label"),
        ('[policies.p.texts.de]\nlanguage = "de"\n', "texts.de.language", "known"),
        ('[policies.p.texts.de]\nlabel = "<i>x</i>"\n', "texts.de.label", "markup"),
        ('[policies.p.texts.de]\nlabel = ""\n', "texts.de.label", "leave it out"),
        ('label = "a"\n[policies.p.texts.EN]\nlabel = "b"\n', "texts.EN.label", "twice"),
        ('[policies.p.texts.de]\nlabel = "a"\n[policies.p.texts.DE]\nlabel = "b"\n', "texts.DE.label", "twice"),
    ],
)
def test_th_23_th_99_an_error_in_a_text_names_its_place_and_a_remedy(file: Path, text: str, where: str, hint: str):
    with pytest.raises(ConfigurationError) as caught:
        load(file, '[policies.p]\npatterns = ["login"]\n' + text)
    assert f"policies.p.{where}: " in str(caught.value)
    assert hint in str(caught.value)


def test_the_version_follows_the_texts_of_every_language(file: Path):
    load(file, MEMBERS)
    first = policies_of(file).version
    load(file, MEMBERS.replace("Mitgliedsnummer", "Nummer"))
    assert policies_of(file).version != first


def test_a_policy_that_names_no_language_is_in_the_operator_s(file: Path):
    file.write_text(
        '[policies.p]\npatterns = ["login"]\nheader = "Nur hier"\n[policies.q]\npatterns = ["login"]\nlanguage = "fr"\n'
    )
    policies = load_policies(file, Ours(built_in(), "Harbour Library", "de"), ())
    assert policies.get("p").texts.language == "de"
    assert policies.get("p").texts.label == "Anmelden bei Harbour Library"
    assert language_map(policies.get("p"), "header") == {"de": ["Nur hier"]}
    assert policies.get("q").texts.label == "Se connecter à Harbour Library"
