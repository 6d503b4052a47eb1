"""Measures of access: verdicts, sessions, tokens, limits."""
