"""The least that an answer can cost: one fixed answer of a Flask app of one route, served just as Lectern is.

    python -m tests.load.search.bare PORT

It is the supervisor of `lectern up` with its options, workers and threads; only the application is another one.
"""

import sys

from flask import Flask, Response

from lectern.settings import load_settings
from services.supervisor import _Supervisor, raise_open_files

_BODY = b'{"@type":"sc:AnnotationList","resources":[],"hits":[]}'


def bare_app() -> Flask:
    """Return an application that answers one path with a fixed document."""
    app = Flask("bare", static_folder=None)

    def answer() -> Response:
        return Response(_BODY, content_type="application/json")

    app.add_url_rule("/search", "search", answer)
    return app


class _Bare(_Supervisor):
    def load(self) -> Flask:
        """Return the application; called in each worker."""
        return bare_app()


if __name__ == "__main__":
    raise_open_files()
    _Bare(load_settings(port=int(sys.argv[1])), ("search",)).run()
