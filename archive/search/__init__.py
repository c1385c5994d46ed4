"""What the search index is fed with and held against."""
