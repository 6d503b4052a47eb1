"""The portal: a shelf of objects, and a page per object that opens it in a viewer."""

from services.portal.views import blueprint

__all__ = ["blueprint"]
