"""Migrations of the state."""
