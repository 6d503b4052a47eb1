"""Pixels: geometry of requests, pyramids, reduced tiers, info.json; knows no HTTP (DESIGN section 1)."""
