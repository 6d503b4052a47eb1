"""What all pages of the auth service share: their headers, our cookie, and the page that closes itself."""

import secrets
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request

from lectern.settings import Settings
from services.credentials import COOKIE
from services.http import LARGEST_FORM
from services.saying import PARAMETER, language, say, words
from services.strictness import NOTHING

_FRAMED = frozenset({"auth.token"})
_STILL = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(template: str, status: int = 200, *, forms_to: str = "", **values: object) -> Response:
    """Return one of our pages: no frame may hold it (TH-24), no cache keep it, scripts by nonce only.

    `forms_to` is where answers to its forms may lead on to, beside ourselves, as sources of a CSP.
    """
    nonce = secrets.token_urlsafe(16)
    response = make_response(render_template(f"auth/{template}", nonce=nonce, lang=language(), **values), status)
    response.headers.update(
        {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'nonce-{nonce}'; "
                f"connect-src 'self'; form-action 'self' {forms_to}; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "Vary": "Cookie, Accept-Language",
            "Content-Language": language(),
            # Not no-referrer: with that, browsers hide from us which page a form was on.
            "Referrer-Policy": "same-origin",
        }
    )
    return response


def closing_page(title: str, text: str, *, closes: bool = True) -> Response:
    """Return the last page of the window: it closes itself if `closes`, and says what to do if it cannot (TH-19)."""
    return page("closing.html", title=title, text=text, closes=closes)


def still_page(what: str, status: int) -> Response:
    """Return an error that a reader sees: fixed words, no script, no cookie, nothing of the request (TH-01, TH-11).

    `what` is the key of its words.
    """
    response = page("still.html", status, title=say(f"{what}_title"), text=say(what))
    response.headers["Content-Security-Policy"] = _STILL
    response.headers["Vary"] = "Accept-Language"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def plain_error(text: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
    """Return an error as plain text: no script, no cookie, nobody to redirect to (TH-01, TH-11)."""
    headers = {"Content-Language": language(), "Vary": "Accept-Language"}
    return Response(text + "\n", status=status, headers=headers, content_type="text/plain; charset=utf-8")


def language_links() -> list[dict[str, str]]:
    """Return this page in every language: tag, name and address. A link, since reading a form changes nothing (R5)."""
    origin = single("origin")
    here = {} if origin is None else {"origin": origin}
    return [
        {"tag": tag, "name": words().name(tag), "url": "?" + urlencode({**here, PARAMETER: tag})}
        for tag in words().languages
    ]


def seal(response: Response) -> Response:
    """Give every answer of this service what none may lack, errors included (TH-07, TH-24, AU2 by AUX-15)."""
    response.headers["Cache-Control"] = "private, no-store" if request.endpoint == "auth.probe" else "no-store"
    if request.endpoint not in _FRAMED:
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Content-Security-Policy", NOTHING)
    return response


def limit_form() -> None:
    """Refuse a form that no person filled in (TH-105)."""
    request.max_content_length = LARGEST_FORM


def foreign_form() -> bool:
    """Return whether the browser says that the form was sent from a page of another site."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def single(name: str) -> str | None:
    """Return a parameter of the query that is there once; None if it is missing or doubled (TH-10)."""
    values = request.args.getlist(name)
    return values[0] if len(values) == 1 else None


def set_session_cookie(response: Response, value: str, settings: Settings) -> None:
    """Give the browser a session (TH-25). It goes with the browser; the server keeps the limits (TH-29)."""
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite=_same_site(settings))


def drop_session_cookie(response: Response, settings: Settings) -> None:
    """Take the session away with the attributes it was given with (TH-34)."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite=_same_site(settings))


def _same_site(settings: Settings) -> str:
    return "None" if settings.cross_site else "Lax"
