"""Plain words for readers: who may see an object, how many pages, and which languages."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from auth.decision import Verdict
from auth.policy import Policy
from lectern.catalogue import ObjectRow
from services.presentation.model import language_name

# What readers of a page are told of the query language; docs/search.md tells all of it.
WAYS_TO_SEARCH = (
    ("harbour lights", "pages with both words; case and accents do not matter"),
    ('"harbour lights"', "the words in a row"),
    ("harbour OR haven", "either word"),
    ("harbour -lights", "pages with the first word and without the second"),
    ("harb*", "words that begin so; h?rbour has one letter open"),
    ("harbour~", "misspelt words too"),
    ('"harbour lights"~5', "the words near one another, in any order"),
    ("=Harbour", "just as it is printed, case and accents too"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a reader is told: `state` (open, granted, closed), a short word for the shelf, a sentence for the page."""

    state: str
    short: str
    sentence: str


def access(policy: Policy, verdict: Verdict, parts: Sequence[Verdict] = ()) -> Access:
    """Return what this reader is told of the access to an object; `parts` are the verdicts on its pages, if any has
    a policy of its own.
    """
    found = _access_as_a_whole(policy, verdict)
    if all(part.public == verdict.public for part in parts):
        return found
    if not verdict.public:
        return Access(found.state, found.short, f"{found.sentence} Some pages are open to everyone.")
    if all(part.allowed for part in parts):
        return Access("granted", "Open to you", "Some pages are restricted. You have access to them in this browser.")
    return Access("open", "Open in part", "Open to everyone, but some pages are restricted.")


def after_entering(found: Access) -> str:
    """Return what is said behind a download that holds nothing for this reader yet; empty where it holds something."""
    closed = found.state == "closed" and "Some pages are open" not in found.sentence
    return "once you have access" if closed else ""


def _access_as_a_whole(policy: Policy, verdict: Verdict) -> Access:
    if verdict.public:
        return Access("open", "Open", "Open to everyone.")
    if verdict.allowed:
        return Access("granted", "Open to you", "Restricted. You have access to it in this browser.")
    short, how = _way_in(policy)
    rest = " Until then you see a small version of the pages." if policy.tier else " Until then no page is shown."
    if not policy.interactive:
        rest = " Elsewhere a small version of the pages is shown." if policy.tier else ""
    return Access("closed", short, f"Restricted. {how}{rest}")


def _way_in(policy: Policy) -> tuple[str, str]:
    if "clickthrough" in policy.patterns:
        return "Terms of use", "The viewer asks you to accept the terms of use."
    if "login" in policy.patterns:
        return "Sign-in", "The viewer asks you to sign in."
    if policy.patterns:
        return "Reading room", "It can be seen in full in the reading room."
    return "Closed", "It is closed to everyone."


def languages(row: ObjectRow) -> str:
    """Return the names of an object's languages, empty if none is known."""
    return ", ".join(language_name(tag) for tag in row.languages)


_SCRIPTS = {
    "Arab": ("ar", "fa", "ur", "ps", "ckb", "sd", "ug"),
    "Hebr": ("he", "yi", "lad", "arc"),
    "Grek": ("el", "grc"),
    "Cyrl": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "cu"),
    "Hani": ("zh", "lzh", "yue", "ja"),
    "Kana": ("ja",),
    "Hira": ("ja",),
    "Hang": ("ko",),
    "Deva": ("hi", "sa", "mr", "ne"),
    "Armn": ("hy",),
    "Geor": ("ka",),
    "Ethi": ("am", "gez", "ti"),
    "Syrc": ("syr",),
    "Thai": ("th",),
}
_FIRST_LETTER = regex.compile(r"\p{L}")
_SCRIPT = {name: regex.compile(rf"\p{{Script={name}}}") for name in _SCRIPTS}


def language_of(label: str, languages: Sequence[str]) -> str:
    """Return the tag, among an object's languages, that its label is in by its first letter's script; empty if none.

    The catalogue does not say what language a label is in. Of Latin letters nobody can tell: many a book is
    catalogued in another language than it is written in.
    """
    found = _FIRST_LETTER.search(label)
    if found is None:
        return ""
    script = next((name for name, pattern in _SCRIPT.items() if pattern.match(found[0])), "")
    fit = _SCRIPTS.get(script, ())
    return next((tag for tag in languages if tag.replace("_", "-").partition("-")[0].lower() in fit), "")


def counted(count: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def pages(count: int) -> str:
    """Return a number of pages with its noun."""
    return counted(count, "page", "pages")
