"""auth core."""
