"""Search: index port, German analysis, query language. A projection of the archive."""
