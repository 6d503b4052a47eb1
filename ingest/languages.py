"""Language names as OCR files give them, to BCP 47."""

import re
from functools import lru_cache

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
    "chi_sim": "zh-Hans", "chi_tra": "zh-Hant", "jpn_vert": "ja",
}  # fmt: skip
_BCP47 = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NOT_SAID = frozenset({"unknown", "und", "mul", "zxx", "osd", "none"})


@lru_cache(1024)
def bcp47(name: str | None) -> str | None:
    """Return a language tag for what a file says, None for nothing, for "unknown" and for what nobody knows."""
    text = (name or "").strip().split("+")[0]
    lower = text.lower()
    if not text or lower in _NOT_SAID:
        return None
    if lower in _SHORT:
        return _SHORT[lower]
    tag = text.replace("_", "-")
    return tag if _BCP47.fullmatch(tag) else None
