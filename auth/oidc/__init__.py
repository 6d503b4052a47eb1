"""Signing in at OpenID Connect providers: what is believed of a provider's words, and why (docs/decisions/0011)."""
