"""Tests of what all services share, of their composition and of the command line."""
