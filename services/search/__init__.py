"""The search service: Content Search 0.9, 1.0 and 2.0 over the packs of a home."""

from services.search.views import blueprint

__all__ = ["blueprint"]
