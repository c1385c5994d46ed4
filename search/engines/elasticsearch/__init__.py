"""The distributed index on an Elasticsearch cluster."""
