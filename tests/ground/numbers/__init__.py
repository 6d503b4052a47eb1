"""Migrations of a store of numbers, for tests."""
