"""What a start refuses and `lectern check` tells in the same words, and what both only warn of (TH-99, TH-101)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from auth.origins import Origins, foreign_origins
from auth.policies import Policies, load_policies
from auth.policy_book import require_not_lost
from auth.policy_texts import Ours
from auth.wording import ENGLISH, Words, built_in, load_words
from lectern.collection_tree import load_collections
from lectern.errors import ConfigurationError
from lectern.home import Home
from lectern.settings import Settings
from services.image_doubts import image_doubts
from services.reach import all_through_one_address, ids_of_this_machine, reachable_past_the_proxy
from services.secrecy import open_settings, weak_secrets
from services.tracing import missing

Fault = tuple[str, str]  # what is wrong, and what to do about it


@dataclass(frozen=True, slots=True)
class Reading:
    """What the operator's words and policies say, None for those that are broken; `faults` tell of collections too."""

    words: Words | None
    policies: Policies | None
    faults: tuple[Fault, ...]


def read_files(
    home: Home, providers: Collection[str] | None, institution: str = "", language: str = ENGLISH
) -> Reading:
    """Return the words and policies of a home, with every fault of these and of its collections.

    `providers` is None where nobody knows them.
    """
    faults: list[Fault] = []
    words, policies = None, None
    try:
        words = load_words(home.words)
    except ConfigurationError as error:
        faults += faults_of(error)
    try:
        policies = load_policies(home.policies_file, Ours(words or built_in(), institution, language), providers)
        require_not_lost(home.policies_file, policies)
    except ConfigurationError as error:
        faults += faults_of(error)
    try:
        load_collections(home.collections_file)
    except ConfigurationError as error:
        faults += faults_of(error)
    return Reading(words, policies, tuple(faults))


def read_home(settings: Settings) -> Reading:
    """Return the words and policies of an installation, with their faults."""
    return read_files(settings.files, settings.providers.keys(), settings.institution, settings.language)


def faults(settings: Settings, reading: Reading) -> Iterator[Fault]:
    """Yield everything for which a start is refused: secrets, settings that others make sense of, words, policies."""
    yield from weak_secrets(settings)
    yield from missing(settings)
    try:
        Origins(settings.base_url, settings.allowed_origins)
    except ConfigurationError as error:
        yield from faults_of(error)
    if reading.words is not None and settings.language not in reading.words.languages:
        known = ", ".join(reading.words.languages)
        yield (
            f"LECTERN_LANGUAGE: there are no words in {settings.language!r}, only in {known}.",
            "Choose one of these; docs/languages.md says how to add a language.",
        )
    yield from reading.faults


def faults_of(error: ConfigurationError) -> list[Fault]:
    """Return each problem of an error with its remedy."""
    return [(problem, error.remedy) for problem in error.problems]


def doubts(settings: Settings, reading: Reading) -> Iterator[Fault]:
    """Yield what is served nevertheless, but will not do what was meant."""
    if not settings.sign_in_possible:
        yield (
            f"Nobody can sign in at {settings.base_url}: browsers keep our cookies over https only, and a viewer's "
            "page on https loads nothing from there (mixed content).",
            "Set LECTERN_PUBLIC_URL to an https address, or to http://localhost for a trial.",
        )
    if settings.cross_site:
        yield (
            "LECTERN_CROSS_SITE is set: cookies are SameSite=None, and a sign-in from a viewer on another site works "
            "only in browsers that allow third-party cookies, which few do as they come.",
            "Serve the viewer from this site if you can, and take the setting out; docs/browsers.md has the table.",
        )
    foreign = set() if settings.cross_site else foreign_origins(settings.allowed_origins, settings.base_url)
    for origin in sorted(foreign):
        yield (
            f"LECTERN_ALLOWED_ORIGINS has {origin}, which seems to be on another site than {settings.base_url}: "
            "no browser sends our cookie from there, so its readers cannot sign in.",
            "Serve the viewer from this site, or set LECTERN_CROSS_SITE=true and read docs/browsers.md.",
        )
    if settings.capability_urls:
        yield (
            "LECTERN_CAPABILITY_URLS is set: whoever has an image URL that carries its own permission sees that image "
            f"from anywhere, for {settings.capability_life} seconds at most and while its reader is signed in.",
            "Leave it on for viewers that send no cookies with tiles, else take it out; docs/capability.md has its "
            "limits, and LECTERN_CAPABILITY_LIFE makes it shorter.",
        )
    yield from image_doubts(settings)
    yield from open_settings(settings)
    yield from reachable_past_the_proxy(settings)
    yield from ids_of_this_machine(settings)
    if reading.policies is not None:
        yield from all_through_one_address(settings, reading.policies)
