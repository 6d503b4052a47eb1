"""The texts of a policy as one reader is told them: each in his language if it is there, and marked with its own."""

from auth.policy import Policy
from auth.policy_texts import TEXT_KEYS, language_map
from auth.wording import ENGLISH


class Told(str):
    """A text that knows its `language` (BCP 47)."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> "Told":
        """Return the text with its language."""
        told = super().__new__(cls, text)
        told.language = language
        return told


def told(policy: Policy, language: str) -> dict[str, Told]:
    """Return every text of a policy by its key, for a reader of a language."""
    return {key: told_text(policy, key, language) for key in TEXT_KEYS}


def told_text(policy: Policy, key: str, language: str) -> Told:
    """Return one text: in the language, in a relative of it, in the policy's own, in English, or in any there is.

    An operator may have written the terms in one language only, and the built-in label is there in all: so the texts
    of one page may differ in language.
    """
    found = language_map(policy, key)
    own = policy.texts.language
    wanted = (language, _primary(language), *(tag for tag in found if _primary(tag) == _primary(language)))
    best = next((tag for tag in (*wanted, own, ENGLISH, *found) if tag in found), None)
    return Told("", language) if best is None else Told(found[best][0], best)


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
