"""The image service: Image API 2.1 (with Auth 1) and 3.0 (with Auth 2) over pyramids, and their degraded tiers."""

from services.image.views import blueprint

__all__ = ["blueprint"]
