"""The versions of the numbers."""
