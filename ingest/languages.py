"""Language names as OCR files give them, to BCP 47."""

import re
from functools import lru_cache

from lectern.words import Page

# What ALTO, hOCR and Tesseract write; anything already in BCP 47 passes.
_SHORT = {
    "eng": "en", "english": "en", "fra": "fr", "fre": "fr", "french": "fr", "deu": "de", "ger": "de", "german": "de",
    "spa": "es", "spanish": "es", "ita": "it", "italian": "it", "nld": "nl", "dut": "nl", "dutch": "nl",
    "por": "pt", "portuguese": "pt", "ces": "cs", "cze": "cs", "czech": "cs", "pol": "pl", "polish": "pl",
    "dan": "da", "danish": "da", "swe": "sv", "swedish": "sv", "nor": "no", "norwegian": "no", "fin": "fi",
    "finnish": "fi", "rus": "ru", "russian": "ru", "ell": "el", "gre": "el", "greek": "el", "lat": "la",
    "latin": "la", "heb": "he", "hebrew": "he", "ara": "ar", "arabic": "ar", "jpn": "ja", "japanese": "ja",
    "chi": "zh", "zho": "zh", "chinese": "zh", "kor": "ko", "korean": "ko", "hun": "hu", "hungarian": "hu",
    "ron": "ro", "rum": "ro", "romanian": "ro", "tur": "tr", "turkish": "tr", "cat": "ca", "catalan": "ca",
    "glg": "gl", "galician": "gl", "gle": "ga", "irish": "ga", "cym": "cy", "wel": "cy", "welsh": "cy",
    "isl": "is", "ice": "is", "icelandic": "is", "ukr": "uk", "ukrainian": "uk", "fas": "fa", "per": "fa",
    "persian": "fa", "hin": "hi", "hindi": "hi", "yid": "yi", "yiddish": "yi",
    "frk": "de-Latf", "deu_frak": "de-Latf", "deu_latf": "de-Latf", "dan_frak": "da-Latf", "fraktur": "de-Latf",
    "farsi": "fa", "urdu": "ur", "bengali": "bn", "tamil": "ta", "telugu": "te", "sanskrit": "sa", "tibetan": "bo",
    "estonian": "et", "latvian": "lv", "lithuanian": "lt", "bulgarian": "bg", "serbian": "sr", "croatian": "hr",
    "slovak": "sk", "slovenian": "sl", "slovene": "sl", "macedonian": "mk", "belarusian": "be", "armenian": "hy",
    "georgian": "ka", "basque": "eu", "esperanto": "eo", "afrikaans": "af", "albanian": "sq", "thai": "th",
    "vietnamese": "vi", "indonesian": "id", "malay": "ms", "maltese": "mt", "scots": "sco", "mongolian": "mn",
    "chineseprc": "zh-Hans", "chinesetaiwan": "zh-Hant", "norwegianbokmal": "nb", "norwegiannynorsk": "nn",
    "oldslavonic": "cu", "chi_sim": "zh-Hans", "chi_tra": "zh-Hant", "jpn_vert": "ja",
}  # fmt: skip
_BCP47 = re.compile(  # language, extensions of it, script, region, variants, private use (RFC 5646, section 2.1)
    r"[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-([A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*"
    r"(-x(-[A-Za-z0-9]{1,8})+)?"
)
_KIND = re.compile(r"(?:Old)?([A-Z][a-z]{3,})(?=[A-Z(; ]|$)")
_NOT_SAID = frozenset({"unknown", "und", "mul", "zxx", "osd", "none"})


@lru_cache(1024)
def bcp47(name: str | None) -> str | None:
    """Return a language tag for what a file says, None for nothing, for "unknown" and for what nobody knows."""
    text = (name or "").strip().split("+")[0]
    lower = text.lower()
    if not text or lower in _NOT_SAID:
        return None
    known = _SHORT.get(lower.replace("-", "_")) or _SHORT.get(_kind_of(text))
    if known:
        return known
    tag = text.replace("_", "-")
    return tag if _BCP47.fullmatch(tag) else None


def _kind_of(name: str) -> str:
    """Return the language that a name as ABBYY's is a kind of (`OldGerman`, `GermanNewSpelling`), in lower case."""
    match = _KIND.match(name)
    return match.group(1).lower() if match else ""


def lift_language(page: Page) -> None:
    """Change a page in place: it gets the language that all its words have, and no word repeats the page's own."""
    if page.language is None:
        languages = {word.language for word in page.words()}
        if len(languages) == 1:
            page.language = languages.pop()
    for word in page.words():
        if word.language == page.language:
            word.language = None
