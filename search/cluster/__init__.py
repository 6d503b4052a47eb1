"""OpenSearch as the engine of everything: pages as documents, candidates asked of a cluster (docs/decisions/0015)."""
