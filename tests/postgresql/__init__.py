"""Lectern over a real PostgreSQL, which a test process starts on loopback (server.py)."""
