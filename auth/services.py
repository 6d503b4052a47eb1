"""What the two versions of the Authorization API have in common: JSON objects, their texts, why there is no token."""

from collections.abc import Mapping
from datetime import datetime, time
from enum import Enum
from typing import Any

from auth.decision import Reason
from auth.policy import Policy
from auth.wording import Words

Json = dict[str, Any]
LanguageMap = dict[str, list[str]]


class TokenError(Enum):
    """Why no token is given: its name in Auth 1 (AU1-35), in Auth 2 (AU2-34), and the JSON variant's status."""

    INVALID_REQUEST = ("invalidRequest", "invalidRequest", 400)
    INVALID_ORIGIN = ("invalidOrigin", "invalidOrigin", 401)
    MISSING = ("missingCredentials", "missingAspect", 401)
    EXPIRED = ("invalidCredentials", "expiredAspect", 401)
    REFUSED = ("invalidCredentials", "invalidAspect", 401)
    UNAVAILABLE = ("unavailable", "unavailable", 503)
    BLOCKED = ("missingCredentials", "missingAspect", 401, "third-party cookies")

    @property
    def error(self) -> str:
        """Return the value of `error` in Auth 0.9 and 1.0."""
        return str(self.value[0])

    @property
    def profile(self) -> str:
        """Return the value of `profile` in Auth 2."""
        return str(self.value[1])

    @property
    def status(self) -> int:
        """Return the HTTP status of the JSON variant (AU1-34)."""
        return int(self.value[2])


_BY_REASON = {
    Reason.SIGN_IN: TokenError.MISSING,
    Reason.TERMS_MISSING: TokenError.MISSING,
    Reason.EXPIRED: TokenError.EXPIRED,
}


def token_error_of(reason: Reason) -> TokenError:
    """Return why a reader who is denied gets no token (TH-09)."""
    return _BY_REASON.get(reason, TokenError.REFUSED)


def protocol_map(words: Words, key: str) -> LanguageMap:
    """Return a sentence of [protocol] in every language that the words have."""
    return words.in_all_languages(f"protocol.{key}")


def protocol_text(words: Words, language: str, key: str, **values: object) -> str:
    """Return a sentence of [protocol] in one language, for Auth 1: `de` serves for `de-AT` where that is not there."""
    tongue = language if language in words.languages else language.partition("-")[0]
    return words.say(tongue, f"protocol.{key}", **values)


def with_opening_date(policy: Policy, words: Words, note: Mapping[str, list[str]]) -> LanguageMap:
    """Return a note that also says when the policy ends for everybody, if it ends and tells so."""
    if policy.until is None or not policy.tells_until:
        return dict(note)
    date = _date(policy.until)
    added = {language: protocol_text(words, language, "opens", date=date) for language in note}
    return {language: [f"{text} {added[language]}".strip() for text in texts] for language, texts in note.items()}


def _date(until: datetime) -> str:
    """Return a day as every language writes it to a machine's order, with the time if it is not midnight (UTC)."""
    return f"{until:%Y-%m-%d}" if until.time() == time() else f"{until:%Y-%m-%d %H:%M} UTC"
