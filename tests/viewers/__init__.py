"""Viewers in real browsers: what works where, told by a table in docs/viewers.md."""
