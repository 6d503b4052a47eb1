"""Benchmarks: they print figures and ratios of one run and assert nothing. `make bench` runs them all."""
