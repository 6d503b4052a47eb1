"""The second reader: small, slow and simple, written from the list of traps, sharing no code with `ingest`."""
