"""`/auth/token/{version}/{policy}`: a framed page that posts one message; Auth 1 has JSON too (AU1-30, AU2-30)."""

import secrets
from http import HTTPStatus

from flask import Response, make_response, render_template, request

from auth.audit import Event
from auth.auth1 import token_error_1, token_message_1
from auth.auth2 import token_error_2, token_message_2
from auth.decision import BY_SESSION, STRANGER, Reader
from auth.origins import Origins
from auth.policy import Policy
from auth.rules import Rules
from auth.services import Json, TokenError, token_error_of
from auth.sessions import AccessToken
from lectern.errors import StoreUnavailable
from services.asker import Asker
from services.auth.pages import foreign_form, plain_error, single
from services.auth.teller import Teller
from services.context import Context
from services.credentials import session_cookie
from services.gate import Gate
from services.http import json_response

_LONGEST_ID = 2048
_ERROR_DELAY = 1500  # milliseconds; Mirador 3 asks again at once after an error, for ever (viewers.md 3.2)
_NOT_UNDERSTOOD = TokenError.INVALID_REQUEST, STRANGER
_NO_ORIGIN = "The token page needs one well-formed ?origin= and at most one ?messageId= of 2048 characters."


class Token:
    """The view of the token service."""

    def __init__(self, context: Context, gate: Gate, origins: Origins, teller: Teller) -> None:
        self._context = context
        self._gate = gate
        self._origins = origins
        self._teller = teller

    def answer(self, version: str, policy_name: str) -> Response:
        """Answer with a page that posts a token or an error, or with JSON in Auth 1 without `messageId`."""
        number = int(version)
        policy = self._context.policies.current().get(policy_name)
        if number != 2 and "messageId" not in request.args:
            return self._as_json(policy, number)
        origin = self._origins.parse(single("origin") or "")
        message_id = single("messageId")
        doubled = message_id is None and "messageId" in request.args
        if origin is None or doubled or len(message_id or "") > _LONGEST_ID:
            self._tell(TokenError.INVALID_REQUEST, policy, origin)
            return plain_error(_NO_ORIGIN)  # there is nobody safe to tell (TH-01, AUX-26)
        found, reader = self._grant(policy, number, origin) if message_id is not None else _NOT_UNDERSTOOD
        self._tell(found, policy, origin, reader)
        return _framed(
            self._message(found, policy, number, message_id or ""), origin, failed=isinstance(found, TokenError)
        )

    def _grant(self, policy: Policy, version: int, origin: str | None) -> tuple[AccessToken | TokenError, Reader]:
        """Return a token for the reader of this request and this viewer, or why there is none (TH-02, TH-09).

        Who is in an open network needs no session, unless a role of his keeps him out there too (TH-94). The reader
        comes with it, as far as he was asked for.
        """
        if origin is not None and not self._origins.admits(origin):
            return TokenError.INVALID_ORIGIN, STRANGER
        asker, rules, reader = self._gate.asker_of_steps(request), Rules(policy), STRANGER
        if asker.is_anybody(rules):
            return self._context.sessions.ambient_token(), reader
        try:
            reader, verdict = asker.reader, asker.verdict(rules)
            if not verdict.allowed:
                error = token_error_of(verdict.reason)
                return TokenError.BLOCKED if error is TokenError.MISSING and self._blocked(origin) else error, reader
            if verdict.reason not in BY_SESSION:
                return self._context.sessions.ambient_token(), reader
            return self._issue(asker, policy, version, origin), reader
        except StoreUnavailable:
            return TokenError.UNAVAILABLE, reader

    def _issue(self, asker: Asker, policy: Policy, version: int, origin: str | None) -> AccessToken | TokenError:
        sessions, cookie, session = self._context.sessions, asker.cookie, asker.session
        if cookie is None or session is None:
            return TokenError.EXPIRED
        if origin not in (None, self._origins.own, *session.origins):
            return TokenError.INVALID_ORIGIN
        if request.method == "HEAD":  # its answer has no body, so that nobody would receive the token (TH-10)
            return sessions.ambient_token()
        if origin is not None and origin != self._origins.own:
            self._context.steps.end(*self._teller.client(), origin)
        return sessions.issue_token(cookie, policy.name, version, origin or "") or TokenError.EXPIRED

    def _blocked(self, origin: str | None) -> bool:
        """Return whether this browser was let in just now, and keeps its cookie from foreign frames (TH-22)."""
        foreign = request.headers.get("Sec-Fetch-Site", "cross-site") == "cross-site"
        if origin is None or not foreign or session_cookie(request) is not None:
            return False
        return self._context.steps.waits(*self._teller.client(), origin)

    def _tell(
        self, found: AccessToken | TokenError, policy: Policy, origin: str | None, reader: Reader = STRANGER
    ) -> None:
        """Tell the audit log what became of a request for a token; HEAD is given none."""
        reason = found.profile if isinstance(found, TokenError) else ""
        if request.method == "HEAD" and not reason:
            return
        told = {"provider": reader.provider, "user": reader.user or "", "policy": policy.name, "origin": origin or ""}
        self._teller.tell(Event.TOKEN, granted=not reason, reason=reason, **told)

    def _as_json(self, policy: Policy, version: int) -> Response:
        """Answer a client that is no browser; a page of another site gets nothing (TH-08, AU1-30, AU1-34)."""
        origin = self._origins.parse(single("origin") or "") if "origin" in request.args else None
        found: AccessToken | TokenError
        reader = STRANGER
        if origin is None and "origin" in request.args:
            found = TokenError.INVALID_REQUEST
        elif foreign_form() or request.headers.get("Origin", self._origins.own) != self._origins.own:
            found = TokenError.INVALID_ORIGIN
        else:
            found, reader = self._grant(policy, version, origin)
        self._tell(found, policy, origin, reader)
        status = found.status if isinstance(found, TokenError) else HTTPStatus.OK
        headers = {"Vary": "Cookie"}
        if found is TokenError.UNAVAILABLE:
            headers["Retry-After"] = "5"
        return json_response(self._message(found, policy, version, None), status=status, headers=headers)

    def _message(self, found: AccessToken | TokenError, policy: Policy, version: int, message_id: str | None) -> Json:
        if isinstance(found, TokenError):
            words = self._context.words
            if version == 2:
                return token_error_2(found, policy, words, message_id or "")
            return token_error_1(found, policy, words, message_id)
        if version == 2:
            return token_message_2(found.value, found.seconds, message_id or "")
        return token_message_1(found.value, found.seconds, message_id)


def _framed(message: Json, origin: str, *, failed: bool) -> Response:
    """Return the page that posts one message to one origin; anybody may frame it (TH-07, AUX-19)."""
    nonce = secrets.token_urlsafe(16)
    delay = _ERROR_DELAY if failed else 0
    body = render_template("auth/token.html", message=message, origin=origin, nonce=nonce, delay=delay)
    response = make_response(body)
    response.headers.update(
        {
            "Content-Security-Policy": (
                f"default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "Vary": "Cookie",
        }
    )
    return response
