"""Measures of viewers: `python -m tests.load.viewers NAME [options]`, each a module of this package with a `main`."""

from tests.load.measures import run_named

if __name__ == "__main__":
    run_named("tests.load.viewers")
