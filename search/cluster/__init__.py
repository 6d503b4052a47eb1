"""OpenSearch as the engine: what stands in the cluster, how it comes there, how it is asked (docs/opensearch.md)."""
