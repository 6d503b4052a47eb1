"""Lectern below a path of a site: `https://example.org/books` in LECTERN_PUBLIC_URL."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.utils import redirect

from services.strictness import OF_PAGES, STRICT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def below(prefix: str, path: str) -> str | None:
    """Return what is left of a path below a prefix, from its slash on; None for a path that is not below it."""
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None


def mount(app: Flask, prefix: str) -> None:
    """Have an app answer below a prefix (`/books`; empty for none), as well as without it: a proxy may take it off.

    The prefix without its slash leads to the shelf. Templates have the prefix as `root`, for addresses of our own
    pages and files.
    """
    app.jinja_env.globals["root"] = prefix
    if not prefix:
        return
    inner: WSGIApplication = app.wsgi_app

    def mounted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = environ.get("PATH_INFO", "")
        if asked == prefix:
            query = environ.get("QUERY_STRING", "")
            answer = redirect(f"{prefix}/?{query}" if query else f"{prefix}/", 308)
            answer.headers.update(STRICT | OF_PAGES)
            return answer(environ, start_response)
        path = below(prefix, asked)
        return inner(environ if path is None else {**environ, "PATH_INFO": path, "SCRIPT_NAME": prefix}, start_response)

    app.wsgi_app = mounted  # type: ignore[method-assign]
