"""The only place that knows HTTP: one folder a Flask app, their composition, the supervisor, the command line."""

SERVICES = ("search", "auth", "image", "presentation", "portal")
