"""The URLs of the image service: parse, ask for the verdict, render."""

from hashlib import sha256

from flask import Blueprint, Response, request

from auth.auth1 import auth1_services
from auth.auth2 import auth2_probe_service
from auth.capability import capability_service
from auth.decision import Verdict
from auth.pages import door_of
from image.info import CONTEXT, PROFILE, Service, info2, info3
from image.render import MEDIA_TYPES, render
from image.request import Parts, parse_request
from lectern import __version__
from lectern.ids import parse_image_id
from lectern.urls import ImageVersion
from services.asker import Asker, Shown
from services.caching import tier_cache_headers
from services.capabilities import Capabilities
from services.context import Context
from services.gate import Gate
from services.http import json_response, problem, with_entity_tag
from services.image.admission import Admission
from services.image.resource import Resource, absent, find_resource

_PIXELS_SECONDS = 3600
_INFO_SECONDS = 300
_JSON_TYPES = ("application/ld+json", "application/json")


def blueprint(context: Context) -> Blueprint:
    """Return the routes of `/iiif/2` and `/iiif/3`; opens nothing (DESIGN section 4)."""
    routes = Blueprint("image", __name__)
    views = ImageViews(context)
    for version in (2, 3):
        for rule, view in (
            ("", views.base),
            ("/info.json", views.info),
            ("/<region>/<size>/<rotation>/<quality_format>", views.pixels),
        ):
            routes.add_url_rule(
                f"/iiif/{version}/<image>{rule}",
                endpoint=f"{view.__name__}{version}",
                view_func=view,
                defaults={"version": version},
            )
    return routes


class ImageViews:
    """The views of both versions. The verdict comes first: before the grammar, before any 304 (AUX-33)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._capabilities = Capabilities(context)
        self._admission = Admission(context.settings.threads)

    def base(self, image: str, version: ImageVersion) -> Response:
        """Answer 303 to info.json for an image there is (IM3-02)."""
        found, asker = self._found(image)
        target = self._base(found, asker.shown, version) + "/info.json"
        return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})

    def info(self, image: str, version: ImageVersion) -> Response:
        """Answer info.json: 2.1 as Auth 1 wants it, 3.0 open with a probe service (AUX-01)."""
        found, asker = self._found(image, token_version=1 if version == 2 else None)
        opened = self._opened(found, asker)
        if opened is not None:
            response = self._info_opened(found, opened, version)
        else:
            response = self._info2(found, asker.without_capability()) if version == 2 else self._info3(found, asker)
        if response.status_code != 302:
            _link_info(response, version)
        return _kept(response, found, asker, _INFO_SECONDS)

    def pixels(self, image: str, version: ImageVersion, **parts: str) -> Response:
        """Answer an image: judged by cookie or address only (AUX-31); 401 or 403 without pixels (AUX-24)."""
        found, asker = self._found(image)
        if found.image.tier is None:  # the tier of a policy is everybody's, also while the store is down
            verdict = asker.verdict(found.rules, found.image.n)
            if not verdict.allowed:
                return _refused(verdict)
            payer = asker.payer
            if payer is not None and not self._context.pace.tile(payer):
                return problem(429, "One reader gets fewer tiles in a second.", headers={"Retry-After": "1"})
        wanted = parse_request(
            version,
            Parts(**parts),
            width=found.canvas.width,
            height=found.canvas.height,
            max_pixels=found.max_pixels,
        )
        made_of = f"{__version__} {version} {found.edition} {wanted.canonical}"
        etag = sha256(made_of.encode()).hexdigest()[:32]
        if request.if_none_match.contains_weak(etag):
            response = Response(status=304)
        else:
            with self._admission.place_for(wanted):
                pixels = render(wanted, found.raster_file())
            response = Response(pixels, content_type=MEDIA_TYPES[wanted.format])
        response.set_etag(etag)
        response.headers["Accept-Ranges"] = "none"
        base = self._context.urls.image(found.image, version)
        response.headers["Link"] = f'<{base}/{wanted.canonical}>;rel="canonical", {_profile(version)}'
        response = _kept(response, found, asker, _PIXELS_SECONDS)
        if asker.shown is not None:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def _found(self, text: str, token_version: int | None = None) -> tuple[Resource, Asker]:
        """Return what an identifier names, after one decoding of the path, and who asks for it.

        Raises NotFound in the very same words for what is not there, what is spelt in another way, and what is hidden
        from this reader (TH-58, TH-85).
        """
        name, capability = self._capabilities.split(text)
        image = parse_image_id(name)
        if image is None:
            raise absent()
        shown = None if capability is None else Shown(image, capability)
        asker = self._gate.asker(request, token_version, shown)
        found = find_resource(self._context, asker.policies, image)
        if asker.stranger(found.rules, image.n).manifest == "hidden" and _hides(found, asker):
            raise absent()
        return found, asker

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
        granted = self._capabilities.grant(asker, rules, image)
        return None if granted is None else Shown(image, granted)

    def _info_opened(self, found: Resource, opened: Shown, version: ImageVersion) -> Response:
        """Return info.json of the image that needs no cookie; without services, since nothing is left to sign in to."""
        describe = info2 if version == 2 else info3
        document = describe(self._context.urls, found.image, found.picture())
        document["@id" if version == 2 else "id"] = self._base(found, opened, version)
        return json_response(document, ld_profile=CONTEXT[version], ld_first=version == 3)

    def _info2(self, found: Resource, asker: Asker) -> Response:
        """Return 200, 401 with the whole document, or 302 to the tier's own (AU1-50, AU1-55 to AU1-57)."""
        urls, rules, n = self._context.urls, found.rules, found.image.n
        services: list[Service] = []
        if not asker.stranger(rules, n).public:
            services = list(auth1_services(door_of(rules, n, asker.now), urls))
        allowed = found.image.tier is not None or asker.verdict(rules, n).allowed
        if not allowed and found.degraded is not None:
            return Response(status=302, headers={"Location": urls.image(found.degraded, 2) + "/info.json"})
        document = info2(urls, found.image, found.picture(), services)
        return json_response(document, status=200 if allowed else 401, ld_profile=CONTEXT[2])

    def _info3(self, found: Resource, asker: Asker) -> Response:
        """Return 200 for everybody; a restricted picture names its probe, its tier is plainly open."""
        urls, rules, n = self._context.urls, found.rules, found.image.n
        services: list[Service] = []
        if found.image.tier is None and not asker.stranger(rules, n).public:
            services = [auth2_probe_service(door_of(rules, n, asker.now), urls, found.image)]
        document = info3(urls, found.image, found.picture(), services)
        return json_response(document, ld_profile=CONTEXT[3], ld_first=True)


def _hides(found: Resource, asker: Asker) -> bool:
    """Return whether an image is hidden from a reader, by a capability in its URL and without that."""
    rules, n = found.rules, found.image.n
    return all(each.verdict(rules, n).manifest == "hidden" for each in (asker, asker.without_capability()))


def _kept(response: Response, found: Resource, asker: Asker, seconds: int) -> Response:
    """Return the answer with the caching rules of what it shows (TH-72 to TH-74)."""
    stranger = asker.stranger(found.rules, found.image.n)
    headers = tier_cache_headers(found.policy, stranger, found.image.tier, asker.now, max_age=seconds)
    response.headers["Cache-Control"] = headers["Cache-Control"]
    response.vary.update(filter(None, headers.get("Vary", "").split(", ")))
    if response.status_code == 200 and response.mimetype in _JSON_TYPES:
        return with_entity_tag(response)
    return response


def _refused(verdict: Verdict) -> Response:
    """Return 401 when signing in may help and 403 when it will not; words only, no pixels (IMX-04)."""
    if verdict.status == 401:
        response = problem(401, "This image is shown after sign-in. Its info.json names the access service.")
    else:
        response = problem(403, "This image is not shown to you.")
    response.vary.update(("Cookie", "Authorization"))
    return response


def _link_info(response: Response, version: ImageVersion) -> None:
    links = [_profile(version)]
    if response.mimetype == "application/json":
        links.append(f'<{CONTEXT[version]}>;rel="http://www.w3.org/ns/json-ld#context";type="application/ld+json"')
    response.headers["Link"] = ", ".join(links)


def _profile(version: ImageVersion) -> str:
    return f'<{PROFILE[version]}>;rel="profile"'
