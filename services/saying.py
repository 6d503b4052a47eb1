"""What our pages say, in the language of whoever reads them: `?lang=`, else the browser's, else the operator's."""

from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from markupsafe import Markup, escape

from auth.wording import ENGLISH, Words, built_in, choose_language
from services.context import Context

PARAMETER = "lang"
_PLACE = "lectern.saying"


def install(app: Flask, context: Context | None) -> None:
    """Give the templates of an app `say`, `strong`, `institution` and `host`; reads no file yet.

    Without a context they know the built-in words only.
    """
    app.extensions[_PLACE] = context
    app.jinja_env.globals["say"] = _say_marked
    if context is not None:
        host = urlsplit(context.settings.base_url).netloc
        app.jinja_env.globals.update(institution=context.settings.institution, host=host)
    app.jinja_env.filters["strong"] = _strong


def words() -> Words:
    """Return the words of this installation; raises ConfigurationError if the operator's are broken."""
    context = _context()
    return context.words if context else built_in()


def language() -> str:
    """Return the tag of the language that this request is answered in."""
    if "language" not in g:
        g.language = _choose()
    return str(g.language)


def say(key: str, **values: object) -> str:
    """Return a sentence as plain text in the language of this request."""
    return words().say(language(), key, **values)


def _choose() -> str:
    known, context = words().languages, _context()
    default = context.settings.language if context else ENGLISH
    wanted = request.args.get(PARAMETER, "")
    if wanted in known:
        return wanted
    return choose_language(request.accept_languages, known, default if default in known else ENGLISH)


def _say_marked(key: str, **values: object) -> Markup:
    """Return a sentence for a template: its text and every value escaped, but for values that are markup."""
    return escape(words().text(language(), key)).format(**values)


def _strong(value: object) -> Markup:
    return Markup("<strong>{}</strong>").format(value)


def _context() -> Context | None:
    found = current_app.extensions[_PLACE]
    return found if isinstance(found, Context) else None
