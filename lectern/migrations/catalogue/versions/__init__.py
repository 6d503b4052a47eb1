"""The versions of the catalogue."""
