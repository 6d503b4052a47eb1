"""What two spellings count as the same (DESIGN section 1): case, marks, ligatures, and the letters of old prints."""

import unicodedata
from functools import lru_cache

import regex

# A modifier letter that looks like an apostrophe is one: it parts a word as any other does.
_APOSTROPHES = "’‘ʼʻʽ`´＇׳"
_HYPHENS = "‐‑⸗⹀¬־－="
_GERSHAYIM = "״"
_HEBREW = "\u0590"  # where Hebrew begins; digits of other scripts than ours come after
BINDERS = frozenset(f"-­·‧'\"{_APOSTROPHES}{_HYPHENS}{_GERSHAYIM}")  # what may stand inside one word
CORE = rf"[[\p{{L}}\p{{N}}\p{{M}}]--[{_APOSTROPHES}]]"
INVISIBLE = regex.compile(r"\p{Cf}+")
_OUTER = regex.compile(
    # A raised number after a letter is the mark of a note.
    rf"^(?:(?!{CORE}).|\p{{M}})+|(?:(?<=\p{{L}}[⁰¹²³⁴⁵⁶⁷⁸⁹]*)[⁰¹²³⁴⁵⁶⁷⁸⁹]|(?!{CORE}).)+$",
    regex.DOTALL | regex.VERSION1,
)
# Marks that only decorate a letter, and the stroke that stretches an Arabic word. Marks of Brahmic scripts are letters
# of their own and stay, and so do the two Japanese voicing marks.
_DECORATION = regex.compile(
    r"[[\p{Mn}\p{Me}]&&[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}"
    r"\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Copt}]--[\u3099\u309A]]|\u0640",
    regex.VERSION1,
)
_DIGIT = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)
_HEBREW_QUOTE = regex.compile(r"(?<=\p{Script=Hebrew}\p{M}*)[\"”](?=\p{Script=Hebrew})")
_PLAIN_KINDS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd"})
_SAME_SIGN = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-") | {_GERSHAYIM: '"'})
# Letters that no Unicode form takes apart, and those that a reader types as another (all in lower case).
_SAME_LETTER = _SAME_SIGN | str.maketrans(
    {
        **{
            "æ": "ae",
            "œ": "oe",
            "ꜳ": "aa",
            "ꜵ": "ao",
            "ꜷ": "au",
            "ꜹ": "av",
            "ꜻ": "av",
            "ꜽ": "ay",
            "ꝏ": "oo",
            "ꝡ": "vy",
        },
        **{"ꝛ": "r", "ꞃ": "r", "ẜ": "s", "ẝ": "s", "ꞅ": "s", "ꝺ": "d", "ꝼ": "f", "ᵹ": "g", "ꞇ": "t", "ꝥ": "þ"},
        **{
            "ø": "o",
            "ł": "l",
            "đ": "d",
            "ħ": "h",
            "ŧ": "t",
            "ı": "i",
            "ȷ": "j",
            "ƀ": "b",
            "ꝁ": "k",
            "ꝑ": "p",
            "ꝗ": "q",
        },
        **dict(zip("ךםןףץ", "כמנפצ", strict=True)),  # final forms
        **{"ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ک": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه"},
    }
)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the text as it is compared: case, decorating marks, old and joined letters, forms of letters folded.

    Marks go before case folding: folding first would turn U+0345 (iota subscript) into a letter. A ligature
    and a sharp s become the letters they stand for, a digit of any script the digit.
    """
    if text.isascii():  # nothing to decompose, to drop or to fold but case: half the words of most books
        return text.translate(_SAME_SIGN).lower()
    return _lower(_DECORATION.sub("", _decomposed(text)))


def lowered(text: str) -> str:
    """Return the text folded but for its marks: what a stemmer knows its language's words by."""
    return text.lower() if text.isascii() else _lower(_decomposed(text))


def as_printed(text: str) -> str:
    """Return the text as an exact search compares it: every letter as it is, of signs and forms of text one each."""
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).translate(_SAME_SIGN)


def strip_outer(text: str) -> str:
    """Return the text without the punctuation and the marks of notes around it; empty if it is nothing else."""
    if text.isascii() and text.isalnum():
        return text
    return str(_OUTER.sub("", text))


def with_gershayim(text: str) -> str:
    """Return the text with every quotation mark between two Hebrew letters as the sign that it stands for."""
    return text if text.isascii() else str(_HEBREW_QUOTE.sub(_GERSHAYIM, text))


def _lower(text: str) -> str:
    if max(text, default="") < _HEBREW:  # most books: no digits and no signs of words but those that all know
        return unicodedata.normalize("NFC", text.casefold().translate(_SAME_LETTER))
    plain = with_gershayim(text).casefold().translate(_SAME_LETTER)
    return unicodedata.normalize("NFC", _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), plain))


def _decomposed(text: str) -> str:
    """Return the text with marks apart from letters, and of a letter's forms (presentation, width, script) the plain.

    Raised and lowered numbers, fractions and signs stay as they are.
    """
    bare = unicodedata.normalize("NFD", INVISIBLE.sub("", text))
    if unicodedata.is_normalized("NFKD", bare):
        return bare
    return unicodedata.normalize("NFD", "".join(map(_plain_form, bare)))


@lru_cache(maxsize=4096)
def _plain_form(character: str) -> str:
    if unicodedata.category(character) not in _PLAIN_KINDS:
        return character
    plain = unicodedata.normalize("NFKD", character).strip()  # an Arabic mark by itself stands on a blank
    return character if " " in plain else plain
