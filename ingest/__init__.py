"""ingest core."""
