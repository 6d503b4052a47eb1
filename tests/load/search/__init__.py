"""Measures of search: `python -m tests.load.search NAME`, see `__main__`."""
