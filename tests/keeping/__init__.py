"""Homes kept: backup, restore, upgrade, verify."""
