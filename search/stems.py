"""Stems of words, by Snowball's algorithms: `houses` and `housing` are found by `house` where an object has chosen so.

The stem depends on the release of the stemmer, so a pack names the release that its stems were made with.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import version

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
_LONGEST = 64  # letters; what is longer is no word of any of these languages


@cache
def release() -> str:
    """Return which stemmer this is, as packs name it."""
    return f"snowball {version('snowballstemmer')}"


@cache
def _stemmer(language: str) -> Callable[[], Callable[[str], str]]:
    name = LANGUAGES[language]
    # By module: the package's own way takes another implementation, of another release, where that is installed.
    made = getattr(import_module(f"snowballstemmer.{name}_stemmer"), f"{name.capitalize()}Stemmer")
    return lambda: made().stemWord


def stem(word: str, language: str) -> str:
    """Return the stem of a word in lower case; the word itself if it is no word. A stemmer holds the word it is at."""
    if len(word) > _LONGEST or not any(map(str.isalpha, word)):
        return word
    return _stemmer(language)()(word)
