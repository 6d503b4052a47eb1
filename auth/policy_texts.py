"""What viewers and our own pages say when policies.toml does not: texts that name the institution (AU1-06, AU2-09)."""

from collections.abc import Mapping
from dataclasses import fields

from auth.policy import Pattern, Texts

LONGEST = 4000
TEXT_KEYS = frozenset(field.name for field in fields(Texts)) - {"language"}


def fill_texts(patterns: frozenset[Pattern], institution: str, given: Mapping[str, str], language: str) -> Texts:
    """Return the texts of a policy: those given, the built-in ones for the rest."""
    if "login" in patterns:
        texts = _login(institution)
    elif "clickthrough" in patterns:
        texts = _clickthrough(institution)
    else:
        texts = _by_address(institution)
    return Texts(**{**texts, **given}, language=language)


def _login(institution: str) -> dict[str, str]:
    return {
        "label": f"Sign in to {institution}",
        "header": "Sign in to see this",
        "description": f"{institution} shows this to its readers. Please sign in.",
        "confirm_label": "Sign in",
        "failure_header": "You were not let in",
        "failure_description": f"You are not signed in, or your account at {institution} does not cover this.",
        "logout_label": f"Sign out of {institution}",
    }


def _clickthrough(institution: str) -> dict[str, str]:
    return {
        "label": f"Terms of use of {institution}",
        "header": "Terms of use",
        "description": f"{institution} shows this to readers who accept its terms of use.",
        "confirm_label": "I accept",
        "failure_header": "The terms were not accepted",
        "failure_description": "The pictures are shown after you accept the terms of use.",
        "logout_label": f"Sign out of {institution}",
    }


def _by_address(institution: str) -> dict[str, str]:
    return {
        "label": f"Reading room of {institution}",
        "header": "In the reading room only",
        "description": f"This can be seen on the computers of {institution}.",
        "confirm_label": "Continue",
        "failure_header": "In the reading room only",
        "failure_description": f"This can be seen on the computers of {institution}.",
        "logout_label": f"Sign out of {institution}",
    }
