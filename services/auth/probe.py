"""`/auth/probe/{image}`: what a request for the image would meet; HTTP always says 200 (AU2-40, AU2-41)."""

from flask import Response, request

from auth.auth2 import probe_failure, probe_moved, probe_result
from auth.capability import capability_service
from auth.contents import image_content
from auth.services import Json
from lectern.errors import StoreUnavailable
from lectern.ids import parse_image_id
from services.capabilities import Capabilities
from services.context import Context
from services.gate import Gate
from services.http import json_response


class Probe:
    """The view of the probe service. It fetches nothing, whatever the query says (TH-91)."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate
        self._capabilities = Capabilities(context)

    def answer(self, resource: str) -> Response:
        """Answer with a probe result."""
        try:
            result = self._result(resource)
        except StoreUnavailable:
            result = probe_failure(503, self._context.words)
        return json_response(result, headers={"Vary": "Cookie, Authorization"})

    def _result(self, resource: str) -> Json:
        image, urls, words = parse_image_id(resource), self._context.urls, self._context.words
        row = self._context.catalogue.find(image.object) if image else None
        if image is None or row is None:
            return probe_failure(404, words)
        asker = self._gate.asker(request, token_version=2)
        canvas, rules = self._context.catalogue.canvas(row.id, image.n), asker.rules(row)
        verdict = asker.verdict(rules, image.n)
        # An object that policy hides answers like one that there is not (TH-85, TH-91).
        elsewhere = self._context.settings.pictures_elsewhere
        if canvas is None or not canvas.has_picture(elsewhere) or verdict.manifest == "hidden":
            return probe_failure(404, words)
        capability = self._capabilities.grant(asker, rules, image)
        if capability is not None:
            return probe_moved(image_content(capability_service(urls, image, capability, 3)))
        return probe_result(rules.of(image.n), verdict, urls, image, words)
