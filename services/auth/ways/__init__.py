"""The ways in that the access page offers, one module each."""
