"""What the ways in say, in the reader's language."""

from flask import request

from auth.wording import ENGLISH, languages, say


def language() -> str:
    """Return the language that the browser asks for, of those that Lectern knows; English without one."""
    return request.accept_languages.best_match(languages(), default=ENGLISH) or ENGLISH


def say_here(key: str, **values: object) -> str:
    """Return a sentence of the table `identity` in the reader's language."""
    return say(language(), f"identity.{key}", **values)
