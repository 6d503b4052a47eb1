"""The operator's page, `/admin`: what there is, what goes on, who may see what, who is signed in (docs/admin.md).

It only looks, but for one thing: it ends sessions. The portal's process serves it.
"""

from flask import Blueprint

from services.admin.doorkeeper import Doorkeeper
from services.admin.holdings import Holdings
from services.admin.overview import Overview
from services.admin.rules import PolicyPages
from services.admin.sessions import SessionPages
from services.context import Context
from services.operators import PAGE

__all__ = ["blueprint"]


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the operator's page: each of them stands behind the doorkeeper."""
    keeper = Doorkeeper(context)
    overview, holdings = Overview(context), Holdings(context)
    policies, sessions = PolicyPages(context), SessionPages(context)
    routes = Blueprint("admin", __name__, url_prefix=PAGE)
    routes.before_request(keeper.stop)
    routes.after_request(keeper.seal)
    routes.add_url_rule("", "overview", overview.show)
    routes.add_url_rule("/check", "check", overview.check)
    routes.add_url_rule("/ingest", "ingest", overview.ingest)
    routes.add_url_rule("/ingest/now", "now", overview.now)
    routes.add_url_rule("/objects", "objects", holdings.all)
    routes.add_url_rule("/objects/<object_id>", "object", holdings.one)
    routes.add_url_rule("/policies", "policies", policies.show)
    routes.add_url_rule("/sessions", "sessions", sessions.show)
    routes.add_url_rule("/sessions/end", "end", sessions.end, methods=["POST"])
    return routes
