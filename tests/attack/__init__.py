"""Attacks on the whole of Lectern, as auth-threats numbers them."""
