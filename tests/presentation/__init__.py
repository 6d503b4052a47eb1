"""Tests of the presentation service."""
