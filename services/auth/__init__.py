"""The auth service: access, token, logout, probe and verify (DESIGN section 4)."""

from typing import cast

from flask import Blueprint, Flask

from lectern.providers import HeaderProvider
from services.auth.access import Access
from services.auth.callback import Callback
from services.auth.door import Door
from services.auth.elsewhere import Elsewhere
from services.auth.logout import Logout
from services.auth.pages import seal
from services.auth.probe import Probe
from services.auth.providers import Providers
from services.auth.stamps import Stamps
from services.auth.teller import Teller
from services.auth.token import Token
from services.auth.verify import Verify
from services.auth.ways.code import Code
from services.auth.ways.header import Header
from services.auth.ways.password import Password
from services.auth.ways.sso import SingleSignOn
from services.auth.ways.terms import Terms
from services.auth.ways.way import Way
from services.context import Context
from services.gate import Gate

__all__ = ["blueprint"]


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the auth service; raises ConfigurationError for a bad list of origins.

    `/auth/verify` is no route: it stands before the application that the routes are registered with.
    """
    gate = Gate(context)
    origins = context.origins
    stamps = Stamps(context.home)
    teller = Teller(context, gate)
    providers = Providers(context)
    ways = _ways(context, providers, stamps, teller)
    door = Door(context, gate, origins, stamps, teller, ways=ways, forms_to=providers.forms_to)
    access = Access(door)
    callback = Callback(door, providers)
    elsewhere = Elsewhere(context, providers, stamps, teller)
    logout = Logout(context, stamps, teller, elsewhere)
    routes = Blueprint("auth", __name__, template_folder="templates")
    routes.add_url_rule("/auth/access/<policy_name>", "access", access.show, methods=["GET"])
    routes.add_url_rule("/auth/access/<policy_name>", "enter", access.enter, methods=["POST"])
    token = Token(context, gate, origins, teller)
    routes.add_url_rule("/auth/token/<any('0', '1', '2'):version>/<policy_name>", "token", token.answer)
    routes.add_url_rule("/auth/logout", "logout", logout.show, methods=["GET"])
    routes.add_url_rule("/auth/logout", "leave", logout.leave, methods=["POST"])
    routes.add_url_rule("/auth/callback/<provider>", "callback", callback.answer)
    routes.add_url_rule("/auth/status/<policy_name>", "status", callback.status)
    routes.add_url_rule("/auth/logout/done/<provider>", "signed_out", elsewhere.back)
    routes.add_url_rule("/auth/backchannel/<provider>", "backchannel", elsewhere.backchannel_logout, methods=["POST"])
    routes.add_url_rule("/auth/probe/<resource>", "probe", Probe(context, gate).answer)
    verify = Verify(context, gate)
    routes.record(lambda state: verify.stand_before(cast(Flask, state.app)))
    routes.after_request(seal)
    return routes


def _ways(context: Context, providers: Providers, stamps: Stamps, teller: Teller) -> list[Way]:
    """Return the ways in, in the order of the page: one for every proxy that names its readers, then ours."""
    named = context.settings.providers.items()
    headers = [Header(context, name, settings) for name, settings in named if isinstance(settings, HeaderProvider)]
    elsewhere = SingleSignOn(context, providers, stamps, teller)
    return [*headers, Password(context), elsewhere, Code(context), Terms(context)]
