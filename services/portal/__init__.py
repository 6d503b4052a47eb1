"""The portal: a shelf of objects, a page per object that opens it in a viewer, and the operator's page."""

from services.portal.views import blueprint

__all__ = ["blueprint"]
