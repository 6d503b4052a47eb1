"""The presentation service: manifests, collections, and the lines of pages as annotations."""

from services.presentation.views import blueprint

__all__ = ["blueprint"]
