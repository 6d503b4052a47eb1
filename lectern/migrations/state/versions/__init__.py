"""The versions of the state."""
