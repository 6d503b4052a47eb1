"""Tests of the search service over HTTP."""
