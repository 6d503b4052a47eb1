"""search core."""
