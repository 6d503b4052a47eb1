"""image core."""
