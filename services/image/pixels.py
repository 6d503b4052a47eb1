"""Pixels of both versions of the Image API: the verdict first, then the grammar, then the image.

A viewer asks for a page's tiles by the dozen, so this stands before Flask. The decision, the log line and the
measurement are those of every other answer.
"""

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from flask import Flask
from werkzeug.http import parse_etags

from auth.budget import payer
from auth.decision import Verdict
from image.info import PROFILE
from image.render import MEDIA_TYPES
from image.request import ImageRequest, Parts, parse_request
from lectern.errors import LecternError
from lectern.urls import ImageVersion
from services.asker import Asker
from services.context import Context
from services.http import CORS
from services.image.making import Making, made_of
from services.image.resource import Resource, Resources, caching
from services.problems import Problem, problem_of, problem_of_fault
from services.thin import Headers, Reply, answered, problem_reply, stand_before

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROUTE = "/iiif/{version}/<image>/<region>/<size>/<rotation>/<quality_format>"
_PATH = re.compile(r"/iiif/(?P<version>[23])/(?P<image>[^/]+)/([^/]+)/([^/]+)/([^/]+)/([^/]+)/?")
_METHODS = frozenset({"GET", "HEAD"})
_ALLOWED = {"Allow": "GET, HEAD, OPTIONS"}
_SECONDS = 3600
_ALWAYS: Headers = list(CORS.items())
_BY_COOKIE = [("Vary", "Cookie, Authorization")]


class Pixels:
    """The images of an installation as a WSGI application."""

    def __init__(self, context: Context, resources: Resources) -> None:
        self._context = context
        self._resources = resources
        self._making = Making(context)
        self._trusted = context.settings.trusted_proxies > 0

    def stand_before(self, app: Flask) -> None:
        """Answer the requests of an app for images in its place; preflights and odd request lines stay with it."""
        stand_before(app, self._ours)

    def _ours(self, environ: "WSGIEnvironment") -> "WSGIApplication | None":
        """Return what answers a request for an image; None for others, a preflight, or one for a proxy (TH-55)."""
        if environ["REQUEST_METHOD"] == "OPTIONS" or not environ.get("RAW_URI", "/").startswith("/"):
            return None
        match = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        return None if match is None else partial(self._respond, match.groups())

    def _respond(
        self, named: tuple[str, ...], environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer an image: judged by cookie, address or capability only (AUX-31), refused without pixels (AUX-24)."""
        reply = partial(self._reply, named, environ)
        return answered(environ, start_response, ROUTE, reply, trusted=self._trusted)

    def _reply(self, named: tuple[str, ...], environ: "WSGIEnvironment", _id: str) -> Reply:
        try:
            reply = self._found(named, environ)
        except LecternError as error:
            reply = problem_reply(problem_of(error, environ["PATH_INFO"]))
        except Exception as error:
            reply = problem_reply(problem_of_fault(error, environ["PATH_INFO"]))
        reply.headers += _ALWAYS
        return reply

    def _found(self, named: tuple[str, ...], environ: "WSGIEnvironment") -> Reply:
        if environ["REQUEST_METHOD"] not in _METHODS:
            return problem_reply(Problem(405, "Images are asked for with GET.", headers=_ALLOWED))
        version, image, *parts = named
        found, asker = self._resources.find(image, environ)
        refusal = self._refusal(found, asker)
        if refusal is not None:
            return refusal
        shape = {"width": found.canvas.width, "height": found.canvas.height, "max_pixels": found.max_pixels}
        spoken = cast(ImageVersion, int(version))
        wanted = parse_request(spoken, Parts(*parts), **shape)
        return self._shown(environ, spoken, found.here(), asker, wanted)

    def _refusal(self, found: Resource, asker: Asker) -> Reply | None:
        """Return what is said to whom the verdict refuses, or who asks too fast (TH-71); None to all others."""
        if found.image.tier is not None:  # the tier of a policy is everybody's, also while the store is down
            return None
        verdict = asker.verdict(found.rules, found.image.n)
        if not verdict.allowed:
            return _refused(verdict)
        paying = asker.payer
        if paying is None or self._context.pace.tile(paying):
            return None
        return problem_reply(Problem(429, "One reader gets fewer tiles in a second.", headers={"Retry-After": "1"}))

    def _shown(
        self, environ: "WSGIEnvironment", version: ImageVersion, found: Resource, asker: Asker, wanted: ImageRequest
    ) -> Reply:
        """Return the image, or 304 to whom has it already."""
        etag = made_of(found, version, wanted)
        base = self._context.urls.image(found.image, version)
        keeping = caching(found, asker, _SECONDS)
        if asker.shown is not None:
            keeping["Cache-Control"] = "private, no-store"
        headers = [
            ("ETag", f'"{etag}"'),
            ("Accept-Ranges", "none"),
            ("Link", f'<{base}/{wanted.canonical}>;rel="canonical", {profile_link(version)}'),
            *keeping.items(),
        ]
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and parse_etags(held).contains_weak(etag):
            return Reply(304, headers)
        # By address: a cookie that nobody has looked at may be made up anew for each request.
        body = self._making.bytes_of(etag, wanted, found, payer(asker.where))
        return Reply(200, [("Content-Type", MEDIA_TYPES[wanted.format]), *headers], body)


def _refused(verdict: Verdict) -> Reply:
    """Return 401 when signing in may help and 403 when it will not; words only, no pixels (IMX-04)."""
    problem = Problem(403, "This image is not shown to you.")
    if verdict.status == 401:
        problem = Problem(401, "This image is not open to everybody. Its info.json names the access service.")
    reply = problem_reply(problem, _BY_COOKIE)
    reply.denied = verdict.reason
    return reply


def profile_link(version: ImageVersion) -> str:
    """Return the Link that names the profile (IM3-55)."""
    return f'<{PROFILE[version]}>;rel="profile"'
