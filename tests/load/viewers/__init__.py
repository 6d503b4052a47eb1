"""Measures of what readers see in viewers, and of our own pages; nothing here asserts a time."""
