"""`/healthz`, `/readyz` and `/metrics`: the same in every service (DESIGN section 4)."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from lectern.errors import LecternError
from services.context import Context
from services.http import json_response
from services.observing import metrics_text

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def blueprint(context: Context, services: Sequence[str]) -> Blueprint:
    """Return the routes that say how this process is."""
    routes = Blueprint("health", __name__)
    checks = _checks(context)

    @routes.get("/healthz")
    def healthz() -> Response:
        """Answer that the process answers; touches nothing."""
        return json_response({"status": "ok"})

    @routes.get("/readyz")
    def readyz() -> Response:
        """Answer whether the stores can be used; which one fails is told to the machine itself only (TH-106)."""
        failed = {name: reason for name, check in checks.items() if (reason := _reason(check))}
        body: dict[str, object] = {"status": "failed" if failed else "ok"}
        if _from_this_machine():
            body |= {"services": list(services), "checks": {name: failed.get(name, "ok") for name in checks}}
        return json_response(body, status=503 if failed else 200, headers={"Cache-Control": "no-store"})

    @routes.get("/metrics")
    def metrics() -> Response:
        """Answer with Prometheus' text format, to the machine itself only (TH-106)."""
        if not _from_this_machine():
            return Response("Metrics are for this machine.\n", status=403, content_type="text/plain")
        return Response(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


def _from_this_machine() -> bool:
    return request.remote_addr in _LOOPBACK and not request.headers.get("X-Forwarded-For")


def _checks(context: Context) -> dict[str, Callable[[], object]]:
    # Lambdas, so that a store is opened by the check and not when the routes are made (before the fork).
    return {
        "catalogue": lambda: context.catalogue.epoch(),  # noqa: PLW0108
        "state": lambda: context.state.check(),  # noqa: PLW0108
        "policies": lambda: context.policies.current(),  # noqa: PLW0108
    }


def _reason(check: Callable[[], object]) -> str:
    """Return why a check fails, empty if it does not."""
    try:
        check()
    except LecternError as error:
        return str(error)
    return ""
