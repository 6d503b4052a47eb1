"""`/healthz`, `/readyz` and `/metrics`: the same in every service (DESIGN section 4)."""

from collections.abc import Callable, Sequence
from ipaddress import ip_network

from flask import Blueprint, Response, request

from lectern.errors import LecternError
from services.context import Context
from services.figures import Looked
from services.gate import Gate
from services.http import json_response
from services.measures import metrics_text
from services.sampled import sample

_OF_WORDS = frozenset({"search", "presentation", "portal"})  # the services that are of no use without them

_NOT_KEPT = {"Cache-Control": "no-store"}


def blueprint(context: Context, services: Sequence[str]) -> Blueprint:
    """Return the routes that say how this process is."""
    routes = Blueprint("health", __name__)
    checks = checks_of(context, services)
    inside = _asked_from_inside(context)
    looked = Looked(context)

    @routes.get("/healthz")
    def healthz() -> Response:
        """Answer that the process answers; touches nothing."""
        return json_response({"status": "ok"})

    @routes.get("/readyz")
    def readyz() -> Response:
        """Answer whether the stores can be used; which one fails is told to stated networks only (TH-106)."""
        failed = {name: reason for name, check in checks.items() if (reason := reason_of(check))}
        body: dict[str, object] = {"status": "failed" if failed else "ok"}
        if inside():
            body |= {"services": list(services), "checks": {name: failed.get(name, "ok") for name in checks}}
        return json_response(body, status=503 if failed else 200, headers=_NOT_KEPT)

    @routes.get("/metrics")
    def metrics() -> Response:
        """Answer with Prometheus' text format, to stated networks only (TH-106)."""
        if not inside():
            told = "Metrics are for the networks of the setting metrics_networks.\n"
            return Response(told, status=403, headers=_NOT_KEPT, content_type="text/plain")
        sample()
        text = metrics_text([looked])
        return Response(text, headers=_NOT_KEPT, content_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


def _asked_from_inside(context: Context) -> Callable[[], bool]:
    """Return a function that tells whether the request comes from the stated networks.

    Behind a proxy that nobody stated, nobody is inside: all requests look as if they came from it.
    """
    networks = [ip_network(network) for network in context.settings.metrics_networks]
    proxies = context.settings.trusted_proxies
    gate = Gate(context)

    def inside() -> bool:
        forwarded = "X-Forwarded-For" in request.headers
        where = gate.address(request, proxies=proxies if forwarded else 0)
        stated = where is not None and any(where in network for network in networks if where.version == network.version)
        return stated and (proxies > 0 or not forwarded)

    return inside


def checks_of(context: Context, services: Sequence[str]) -> dict[str, Callable[[], object]]:
    """Return what a process with some services needs, by name: each raises LecternError when it is not so."""
    # Lambdas, so that a store is opened by the check and not when the routes are made (before the fork).
    checks: dict[str, Callable[[], object]] = {
        "catalogue": lambda: context.catalogue.epoch(),  # noqa: PLW0108
        "state": lambda: context.state.check(),  # noqa: PLW0108
        "policies": lambda: context.policies.current(),  # noqa: PLW0108
    }
    if context.settings.engine == "opensearch" and not _OF_WORDS.isdisjoint(services):
        checks["index"] = lambda: _require_cluster(context)
    return checks


def _require_cluster(context: Context) -> None:
    """Return if the cluster can be asked for words; raises StoreUnavailable if not."""
    from search.cluster.health import require_ready
    from search.cluster.schema import Names

    needed = bool(context.catalogue.ids(most=1))
    require_ready(context.cluster, Names(context.settings.opensearch_index), needed=needed)


def reason_of(check: Callable[[], object]) -> str:
    """Return why a check fails, empty if it does not."""
    try:
        check()
    except LecternError as error:
        return str(error)
    return ""
