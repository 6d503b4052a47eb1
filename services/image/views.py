"""The base URI and info.json of images: parse, ask for the verdict, describe."""

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, Flask, Response, g, request

from auth.auth1 import auth1_services
from auth.auth2 import auth2_probe_service
from auth.capability import capability_service
from auth.pages import door_of
from image.decorate import decorated
from image.info import CONTEXT, Service, info2, info3
from lectern.urls import ImageVersion
from services.asker import Asker, Shown
from services.context import Context
from services.http import json_response, with_entity_tag
from services.image.pixels import Pixels, profile_link
from services.image.resource import Resource, Resources, caching

_INFO_SECONDS = 300
_JSON_TYPES = ("application/ld+json", "application/json")


def blueprint(context: Context) -> Blueprint:
    """Return the routes of `/iiif/2` and `/iiif/3`; opens nothing (DESIGN section 4).

    Pixels are no route: they stand before the application that the routes are registered with.
    """
    routes = Blueprint("image", __name__)
    resources = Resources(context)
    views, pixels = ImageViews(context, resources), Pixels(context, resources)
    for version in (2, 3):
        for rule, view in (
            ("", views.base),
            ("/info.json", views.info),
        ):
            routes.add_url_rule(
                f"/iiif/{version}/<image>{rule}",
                endpoint=f"{view.__name__}{version}",
                view_func=view,
                defaults={"version": version},
            )
    routes.record(lambda state: pixels.stand_before(cast(Flask, state.app)))
    return routes


class ImageViews:
    """The views of both versions. The verdict comes first, before any 304 (AUX-33)."""

    def __init__(self, context: Context, resources: Resources) -> None:
        self._context = context
        self._resources = resources

    def base(self, image: str, version: ImageVersion) -> Response:
        """Answer 303 to info.json for an image there is (IM3-02)."""
        found, asker = self._resources.find(image, request.environ)
        target = self._base(found, asker.shown, version) + "/info.json"
        return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})

    def info(self, image: str, version: ImageVersion) -> Response:
        """Answer info.json: 2.1 as Auth 1 wants it, 3.0 open with a probe service (AUX-01)."""
        found, asker = self._resources.find(image, request.environ, 1 if version == 2 else None)
        opened = self._opened(found, asker)
        if opened is not None:
            response = self._info_opened(found, asker, opened, version)
        else:
            response = self._info2(found, asker.without_capability()) if version == 2 else self._info3(found, asker)
        if response.status_code != 302:
            _link_info(response, version)
        return _kept(response, found, asker, _INFO_SECONDS)

    def _base(self, found: Resource, shown: Shown | None, version: ImageVersion) -> str:
        urls = self._context.urls
        if shown is None:
            return urls.image(found.image, version)
        return capability_service(urls, found.image, shown.capability, version)

    def _opened(self, found: Resource, asker: Asker) -> Shown | None:
        """Return the capability that info.json is to name (TH-70): the URL's own while it is good, or a token's."""
        rules, image = found.rules, found.image
        if image.tier is not None or asker.stranger(rules, image.n).public:
            return None
        if asker.shown is not None:
            return asker.shown if asker.verdict(rules, image.n).allowed else None
        granted = self._resources.capabilities.grant(asker, rules, image)
        return None if granted is None else Shown(image, granted)

    def _info_opened(self, found: Resource, asker: Asker, opened: Shown, version: ImageVersion) -> Response:
        """Return info.json of the image that needs no cookie; without services, since nothing is left to sign in to."""
        document = self._document(found, asker, version, ())
        document["@id" if version == 2 else "id"] = self._base(found, opened, version)
        return json_response(document, ld_profile=CONTEXT[version], ld_first=version == 3)

    def _document(
        self, found: Resource, asker: Asker, version: ImageVersion, services: Sequence[Service]
    ) -> dict[str, Any]:
        """Return info.json: our own, or that of the image server which gives the picture, as ours (IMX-03)."""
        urls = self._context.urls
        given = found.described(version)
        if given is not None:
            return decorated(given, version, urls.image(found.image, version), services)
        tells_all = asker.stranger(found.rules, found.image.n).manifest == "full"
        return (info2 if version == 2 else info3)(urls, found.image, found.picture(tells_all=tells_all), services)

    def _info2(self, found: Resource, asker: Asker) -> Response:
        """Return 200, 401 with the whole document, or 302 to the tier's own (AU1-50, AU1-55 to AU1-57)."""
        urls, rules, n = self._context.urls, found.rules, found.image.n
        services: list[Service] = []
        if not asker.stranger(rules, n).public:
            services = list(auth1_services(door_of(rules, n, asker.now), urls))
        allowed = found.image.tier is not None or asker.verdict(rules, n).allowed
        if not allowed and found.degraded is not None:
            return Response(status=302, headers={"Location": urls.image(found.degraded, 2) + "/info.json"})
        document = self._document(found, asker, 2, services)
        g.denied = "" if allowed else asker.verdict(rules, n).reason
        return json_response(document, status=200 if allowed else 401, ld_profile=CONTEXT[2])

    def _info3(self, found: Resource, asker: Asker) -> Response:
        """Return 200 for everybody; a restricted picture names its probe, its tier is plainly open."""
        urls, rules, n = self._context.urls, found.rules, found.image.n
        services: list[Service] = []
        if found.image.tier is None and not asker.stranger(rules, n).public:
            services = [auth2_probe_service(door_of(rules, n, asker.now), urls, found.image)]
        document = self._document(found, asker, 3, services)
        return json_response(document, ld_profile=CONTEXT[3], ld_first=True)


def _kept(response: Response, found: Resource, asker: Asker, seconds: int) -> Response:
    """Return the answer with the caching rules of what it shows (TH-72 to TH-74)."""
    headers = caching(found, asker, seconds)
    response.headers["Cache-Control"] = headers["Cache-Control"]
    response.vary.update(filter(None, headers.get("Vary", "").split(", ")))
    if response.status_code == 200 and response.mimetype in _JSON_TYPES:
        return with_entity_tag(response)
    return response


def _link_info(response: Response, version: ImageVersion) -> None:
    links = [profile_link(version)]
    if response.mimetype == "application/json":
        links.append(f'<{CONTEXT[version]}>;rel="http://www.w3.org/ns/json-ld#context";type="application/ld+json"')
    response.headers["Link"] = ", ".join(links)
