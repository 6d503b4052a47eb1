"""The composition: any of the services as one WSGI application."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from flask import Blueprint, Flask

from lectern.base_url import path_of
from lectern.errors import InputError
from services import SERVICES, compression, health, http, observing, openapi
from services.context import Context
from services.mounting import mount


def create_app(context: Context, services: Sequence[str] = SERVICES) -> Flask:
    """Return an application with some of the services, or all of them; opens no store.

    Raises InputError for a service that there is not.
    """
    unknown = set(services) - set(SERVICES)
    if unknown:
        raise InputError(f"There is no service {', '.join(sorted(unknown))}.", f"Services: {', '.join(SERVICES)}.")
    here = Path(__file__).parent
    app = Flask("lectern", template_folder=here / "templates", static_folder=None)
    observing.install(app, context.settings.trusted_proxies)
    http.install(app, context)
    compression.install(app)
    app.register_blueprint(health.blueprint(context, services))
    app.register_blueprint(openapi.blueprint(context, services))
    for name in services:
        make: Callable[[Context], Blueprint] = import_module(f"services.{name}").blueprint
        app.register_blueprint(make(context))
    mount(app, path_of(context.settings.base_url))
    return app
