"""The URLs of the image service: parse, ask for the verdict, render."""

from hashlib import sha256

from flask import Blueprint, Response, request

from auth.auth1 import auth1_services
from auth.auth2 import auth2_probe_service
from auth.capability import capability_service
from auth.decision import Verdict
from auth.pages import door_of
from auth.policy import Policy
from image.info import CONTEXT, PROFILE, Service, info2, info3
from image.render import MEDIA_TYPES, render
from image.request import Parts, parse_request
from lectern import __version__
from lectern.errors import StoreUnavailable
from lectern.urls import ImageVersion
from services.capabilities import Capabilities
from services.context import Context
from services.gate import Gate, session_cookie
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
        self._capabilities = Capabilities(context, self._gate)
        self._admission = Admission(context.settings.threads)

    def base(self, image: str, version: ImageVersion) -> Response:
        """Answer 303 to info.json for an image there is (IM3-02)."""
        image, capability = self._capabilities.split(image)
        found = self._found(image, capability=capability)
        target = self._base(found, capability, version) + "/info.json"
        return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})

    def info(self, image: str, version: ImageVersion) -> Response:
        """Answer info.json: 2.1 as Auth 1 wants it, 3.0 open with a probe service (AUX-01)."""
        image, capability = self._capabilities.split(image)
        found = self._found(image, by_token=version == 2, capability=capability)
        opened = self._opened(found, capability, version)
        if opened is not None:
            response = self._info_opened(found, opened, version)
        else:
            response = self._info2(found) if version == 2 else self._info3(found)
        if response.status_code != 302:
            _link_info(response, version)
        return self._kept(response, found, _INFO_SECONDS)

    def pixels(self, image: str, version: ImageVersion, **parts: str) -> Response:
        """Answer an image: judged by cookie or address only (AUX-31); 401 or 403 without pixels (AUX-24)."""
        image, capability = self._capabilities.split(image)
        found = self._found(image, capability=capability)
        if found.image.tier is None:  # the tier of a policy is everybody's, also while the store is down
            verdict = self._verdict(found, capability)
            if not verdict.allowed:
                return _refused(verdict)
            if self._too_fast(found, capability):
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
        response = self._kept(response, found, _PIXELS_SECONDS)
        if capability is not None:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def _base(self, found: Resource, capability: str | None, version: ImageVersion) -> str:
        urls = self._context.urls
        if capability is None:
            return urls.image(found.image, version)
        return capability_service(urls, found.image, capability, version)

    def _verdict(self, found: Resource, capability: str | None) -> Verdict:
        """Return what the capability allows if the URL has one, else what cookie or address do."""
        if capability is None:
            return self._gate.verdict(request, found.object, found.image.n)
        return self._capabilities.verdict(request, found.object, found.image, capability)

    def _too_fast(self, found: Resource, capability: str | None) -> bool:
        """Return whether this session asks for more than its tiles a second (TH-71)."""
        cookie = session_cookie(request)
        if capability is not None:
            payer = self._capabilities.payer(found.image, capability)
        elif cookie is not None:
            payer = sha256(cookie.encode()).hexdigest()
        else:
            return False
        return not self._context.pace.tile(payer)

    def _opened(self, found: Resource, capability: str | None, version: ImageVersion) -> str | None:
        """Return the capability that info.json is to name (TH-70): the URL's own while it is good, or a token's."""
        if found.image.tier is not None or self._stranger(found).public:
            return None
        if capability is not None:
            return capability if self._verdict(found, capability).allowed else None
        if version != 2:  # a token opens Auth 1's info.json only (R1)
            return None
        return self._capabilities.grant(request, found.object, found.image, version=1)

    def _info_opened(self, found: Resource, capability: str, version: ImageVersion) -> Response:
        """Return info.json of the image that needs no cookie; without services, since nothing is left to sign in to."""
        describe = info2 if version == 2 else info3
        document = describe(self._context.urls, found.image, found.picture())
        document["@id" if version == 2 else "id"] = self._base(found, capability, version)
        return json_response(document, ld_profile=CONTEXT[version], ld_first=version == 3)

    def _found(self, image: str, *, by_token: bool = False, capability: str | None = None) -> Resource:
        """Return what the identifier names; `by_token`: an Auth 1 access token counts too (R1).

        Raises NotFound in the very same words for what is not there and what is hidden from this reader (TH-85).
        """
        found = find_resource(self._context, image)
        if self._stranger(found).manifest == "hidden" and self._hides(found, by_token, capability):
            raise absent()
        return found

    def _hides(self, found: Resource, by_token: bool, capability: str | None) -> bool:
        judge = self._gate.bearer_verdict if by_token else self._gate.verdict
        try:
            if capability is not None and self._verdict(found, capability).allowed:
                return False
            return judge(request, found.object, found.image.n).manifest == "hidden"
        except StoreUnavailable:  # a 503 would tell that there is something: everybody is a stranger now
            return True

    def _info2(self, found: Resource) -> Response:
        """Return 200, 401 with the whole document, or 302 to the tier's own (AU1-50, AU1-55 to AU1-57)."""
        urls = self._context.urls
        services: list[Service] = [] if self._stranger(found).public else list(auth1_services(self._door(found), urls))
        n = found.image.n
        allowed = found.image.tier is not None or self._gate.bearer_verdict(request, found.object, n).allowed
        if not allowed and found.degraded is not None:
            return Response(status=302, headers={"Location": urls.image(found.degraded, 2) + "/info.json"})
        document = info2(urls, found.image, found.picture(), services)
        return json_response(document, status=200 if allowed else 401, ld_profile=CONTEXT[2])

    def _info3(self, found: Resource) -> Response:
        """Return 200 for everybody; a restricted picture names its probe, its tier is plainly open."""
        services: list[Service] = []
        if found.image.tier is None and not self._stranger(found).public:
            services = [auth2_probe_service(self._door(found), self._context.urls, found.image)]
        document = info3(self._context.urls, found.image, found.picture(), services)
        return json_response(document, ld_profile=CONTEXT[3], ld_first=True)

    def _stranger(self, found: Resource) -> Verdict:
        """Return what everybody sees of the picture just now; asks no store."""
        return self._gate.stranger(found.object, found.image.n)

    def _door(self, found: Resource) -> Policy:
        """Return the policy whose services lead to a picture that is not everybody's."""
        return door_of(self._gate.rules(found.object), found.image.n, self._context.clock())

    def _kept(self, response: Response, found: Resource, seconds: int) -> Response:
        """Return the answer with the caching rules of what it shows (TH-72 to TH-74)."""
        headers = self._gate.tier_cache_headers(found.object, found.image.tier, found.image.n, max_age=seconds)
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
