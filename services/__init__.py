"""The only place that knows HTTP: one folder a Flask app, their composition, the supervisor, the command line."""
