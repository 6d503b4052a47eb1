"""`/auth/probe/{image}`: what a request for the image would meet; HTTP always says 200 (AU2-40, AU2-41)."""

from flask import Response, request

from auth.auth2 import probe_failure, probe_result
from auth.capability import probe_location
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
        self._capabilities = Capabilities(context, gate)

    def answer(self, resource: str) -> Response:
        """Answer with a probe result."""
        try:
            result = self._result(resource)
        except StoreUnavailable:
            result = probe_failure(503, self._context.words)
        return json_response(result, headers={"Vary": "Cookie, Authorization"})

    def _result(self, resource: str) -> Json:
        image = parse_image_id(resource)
        row = self._context.catalogue.find(image.object) if image else None
        if image is None or row is None:
            return probe_failure(404, self._context.words)
        canvas = self._context.catalogue.canvas(row.id, image.n)
        verdict = self._gate.bearer_verdict(request, row, image.n, version=2)
        # An object that policy hides answers like one that there is not (TH-85, TH-91).
        if canvas is None or canvas.image is None or verdict.manifest == "hidden":
            return probe_failure(404, self._context.words)
        result = probe_result(self._gate.policy(row, image.n), verdict, self._context.urls, image, self._context.words)
        capability = self._capabilities.grant(request, row, image, version=2) if verdict.allowed else None
        return result | probe_location(self._context.urls, image, capability) if capability else result
